import { randomBytes } from "node:crypto";
import type { ErrorRequestHandler } from "express";
import { type GokuError, internalError, isGokuError, usage } from "../errors.ts";
import { foreseen } from "../foreseen.ts";
import type { Log } from "../system/log.ts";
import { Answer } from "./answer.ts";

/** What a user may see of an error: a bug is logged under a short reference, and the reference is all they get. */
export function asGokuError(error: unknown, log: Log, what: string): GokuError {
  const known = foreseen(error);
  if (known !== null) {
    if (known !== error) {
      log.warn({ err: error, what }, known.message);
    }
    return known;
  }
  const reference = randomBytes(4).toString("hex");
  log.error({ err: error, reference, what }, "a request failed in a way nobody foresaw");
  return internalError(reference);
}

/** Answers for whatever a route or a door keeper threw. Express knows it by its four parameters. */
export function failureHandler(log: Log): ErrorRequestHandler {
  return (error: unknown, request, response, _next) => {
    const unreadable = isUnreadable(error);
    const failure = unreadable
      ? usage("Goku cannot read this request: its path or its body is broken.")
      : asGokuError(error, log, request.path);
    if (response.headersSent) {
      response.destroy();
      return;
    }
    new Answer(response).fail(failure, unreadable ? error.status : failure.status);
  };
}

/** What Express itself refuses, a path that is no UTF-8 or a body that breaks off, is the client's fault and no bug. */
function isUnreadable(error: unknown): error is Error & { readonly status: number } {
  if (!(error instanceof Error) || isGokuError(error) || !("status" in error)) {
    return false;
  }
  const { status } = error;
  return typeof status === "number" && status >= 400 && status < 500;
}
