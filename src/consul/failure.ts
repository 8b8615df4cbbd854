import { z } from "zod";
import {
  consulDeclined,
  consulRefused,
  consulUnavailable,
  type GokuError,
  isGokuError,
  messageOf,
} from "../errors.ts";
import { type ConsulAddress, shownAddress } from "./connection.ts";

/** A refusal that Consul answered with, as the client library throws it. */
const answerSchema = z.object({
  statusCode: z.number(),
  response: z.object({ body: z.unknown() }),
});
const timeoutSchema = z.object({ isTimeout: z.literal(true) });
const transactionErrorsSchema = z.object({ Errors: z.array(z.object({ What: z.string() })) });

/** Consul's own words for a token without the right, wherever they come without a status of their own. */
const denied = "Permission denied";

/** Characters; a proxy in between answers with whole pages. */
const maxReason = 200;

interface ConsulAnswer {
  readonly status: number;
  /** What Consul says about it: one sentence. */
  readonly reason: string;
}

/** What Consul answered, or null where there was no answer at all. */
export function answerOf(error: unknown): ConsulAnswer | null {
  const answer = answerSchema.safeParse(error);
  if (!answer.success) {
    return null;
  }
  const { statusCode, response } = answer.data;
  return { status: statusCode, reason: reasonOf(response.body) ?? withoutPrefix(error) };
}

/**
 * The failure of a call in the user's words. The client's own error is not passed on, not even as
 * a cause: it holds the request's headers, and so the token.
 */
export function consulFailure({ address, token }: ConsulAddress, error: unknown): GokuError {
  if (isGokuError(error)) {
    return error;
  }
  const shown = shownAddress(address);
  const answer = answerOf(error);
  if (answer === null) {
    return consulUnavailable(shown, new Error(silenceOf(error)));
  }
  if (isDenied(answer)) {
    return consulRefused(shown, token === null ? "none" : "given", answer.reason);
  }
  return answer.status >= 500
    ? consulUnavailable(shown, new Error(answer.reason))
    : consulDeclined(shown, answer.reason);
}

/** The token is unknown to Consul or lacks the right; a transaction says so with another status. */
function isDenied({ status, reason }: ConsulAnswer): boolean {
  return status === 401 || status === 403 || (status === 409 && reason.startsWith(denied));
}

function silenceOf(error: unknown): string {
  if (error instanceof z.ZodError) {
    return "what answers there is not Consul";
  }
  return timeoutSchema.safeParse(error).success ? "no answer in time" : withoutPrefix(error);
}

function reasonOf(body: unknown): string | null {
  if (typeof body === "string" || body instanceof Buffer) {
    const [line = ""] = body.toString().trim().split("\n");
    return line.replace(/\.$/, "").slice(0, maxReason) || null;
  }
  const errors = transactionErrorsSchema.safeParse(body);
  return errors.success ? (errors.data.Errors[0]?.What ?? null) : null;
}

/** The library puts its name and the call's before each message: `consul: kv.get: ...`. */
function withoutPrefix(error: unknown): string {
  return messageOf(error).replace(/^consul: (?:[\w.]+: )?/i, "");
}
