import type { ChildProcess } from "node:child_process";
import { pipeline } from "node:stream/promises";
import { type Request, type RequestHandler, type Response, Router } from "express";
import { type GokuError, noSuchGitService, tooManyGits, wrongToken } from "../errors.ts";
import { createAtWork } from "../receiver/at-work.ts";
import { openRepository, withoutSuffix } from "../receiver/door.ts";
import { type Caller, type GitService, isGitService, type PushHandler } from "../receiver/push.ts";
import { renderError } from "../receiver/render-error.ts";
import type { BareRepositories } from "../receiver/repositories.ts";
import type { Sessions } from "../receiver/sessions.ts";
import type { Log } from "../system/log.ts";
import { attemptsWindowMs } from "./authentication.ts";
import { endAfterRest } from "./end-after-rest.ts";
import { asGokuError } from "./failure.ts";
import { exchange, protocolOf } from "./git-transport.ts";

export interface GitRoutesOptions {
  /** Who sent the request. @throws unauthorized */
  readonly authenticate: (request: Request) => Promise<Caller>;
  /** The owner of an `Authorization` that was let in; null once it opens nothing any more. */
  readonly callerOf: (authorization: string) => Caller | null;
  readonly handler: PushHandler;
  readonly repositories: BareRepositories;
  readonly sessions: Sessions;
  readonly log: Log;
  /** A client that neither sends nor reads for this long is cut off. */
  readonly idleMs?: number;
}

/** git itself says something every five seconds, also while a push is deployed. */
export const defaultIdleMs = 10 * 60_000;

/**
 * Git over HTTP at `/git/NAME.git`. Every request is authenticated and authorized on its own; no body parser, session
 * or compression may stand before it.
 */
export function gitRoutes(options: GitRoutesOptions): Router {
  const { handler, repositories, sessions, log, idleMs = defaultIdleMs } = options;
  const gits = createAtWork(tooManyGits);
  const router = Router();

  const admit = async (request: GitRequest, service: GitService, isAtWork: () => boolean) => {
    const caller = await options.authenticate(request);
    gits.begin(caller.name, isAtWork);
    const repository = withoutSuffix(request.params.repository);
    const open = await openRepository(handler, repositories, caller, repository, service);
    return { repository, open };
  };

  const stillCaller = (request: GitRequest) => {
    const caller = options.callerOf(request.get("authorization") ?? "");
    if (caller === null) {
      throw wrongToken();
    }
    return caller;
  };

  const getRefs = async (request: GitRequest, response: Response) => {
    const asked = request.query["service"];
    const service = typeof asked === "string" ? asked.replace(/^git-/, "") : "";
    if (!isGitService(service)) {
      throw noSuchGitService();
    }
    const { repository } = await admit(request, service, () => !response.closed);
    const refs = repositories.advertise(repository, service, protocolOf(request));
    response.setHeader("content-type", `application/x-git-${service}-advertisement`);
    response.setHeader("cache-control", "no-cache");
    response.write(`${packetLine(`# service=git-${service}\n`)}0000`);
    try {
      await pipeline(refs, response);
    } catch (error) {
      // The pipeline has cut the connection: git failed, or the client had gone.
      log.info({ err: error, repository }, "a list of refs was not sent to its end");
    }
  };

  const post = (service: GitService) => async (request: GitRequest, response: Response) => {
    let git: ChildProcess | null = null;
    // It outlives its client where it deploys.
    const isAtWork = () => !response.closed || (git !== null && isRunning(git));
    const { repository, open } = await admit(request, service, isAtWork);
    if (request.get("content-type") !== `application/x-git-${service}-request`) {
      throw noSuchGitService();
    }
    const gone = new AbortController();
    const started = (child: ChildProcess) => {
      git = child;
      if (service === "receive-pack" && child.pid !== undefined) {
        const { pid } = child;
        const caller = () => stillCaller(request);
        sessions.open({ pid, repository, caller, lost: gone.signal });
        child.once("exit", () => gone.abort());
      }
    };
    const lost = () => gone.abort();
    exchange(open, service, request, response, { started, lost, idleMs }, log);
  };

  router.get("/git/:repository/info/refs", answering(log, getRefs));
  router.post("/git/:repository/git-receive-pack", answering(log, post("receive-pack")));
  router.post("/git/:repository/git-upload-pack", answering(log, post("upload-pack")));
  router.use("/git", (_request, response) => refuse(response, noSuchGitService()));
  return router;
}

function isRunning({ pid, exitCode, signalCode }: ChildProcess): boolean {
  return pid !== undefined && exitCode === null && signalCode === null;
}

/** git's framing: four hex digits that count themselves too. */
function packetLine(text: string): string {
  return (text.length + 4).toString(16).padStart(4, "0") + text;
}

type GitRequest = Request<{ repository: string }>;

function answering(
  log: Log,
  answer: (request: GitRequest, response: Response) => Promise<void>,
): RequestHandler<{ repository: string }> {
  return async (request, response) => {
    try {
      await answer(request, response);
    } catch (error) {
      refuse(response, asGokuError(error, log, request.path));
    }
  };
}

/** When to come again, in seconds, by the status of a refusal. */
const retryAfter: Readonly<Record<number, number>> = { 429: attemptsWindowMs / 1000, 503: 10 };

/** git shows plain text to the person who waits, each line behind `remote: `. */
function refuse(response: Response, error: GokuError): void {
  if (response.headersSent) {
    response.destroy();
    return;
  }
  if (error.code === "unauthorized") {
    response.set("www-authenticate", 'Basic realm="goku", charset="UTF-8"');
  }
  const seconds = retryAfter[error.status];
  if (seconds !== undefined) {
    response.set("retry-after", String(seconds));
  }
  response.status(error.status).type("text/plain");
  response.write(`${renderError(error).join("\n")}\n`);
  void endAfterRest(response);
}
