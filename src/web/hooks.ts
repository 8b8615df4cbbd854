import {
  type ErrorRequestHandler,
  raw,
  type Request,
  type RequestHandler,
  type Response,
  Router,
} from "express";
import { notByADoor, tooManyGits, tooManyVerbs, usage } from "../errors.ts";
import { createAtWork } from "../receiver/at-work.ts";
import { openRepository, withoutSuffix } from "../receiver/door.ts";
import { finishRef } from "../receiver/finish-ref.ts";
import { type Caller, isGitService, type PushHandler, type RefUpdate } from "../receiver/push.ts";
import { renderError } from "../receiver/render-error.ts";
import type { BareRepositories } from "../receiver/repositories.ts";
import type { Session, Sessions } from "../receiver/sessions.ts";
import { isCommit } from "../revision.ts";
import { formatBytes } from "../system/format-bytes.ts";
import type { Log } from "../system/log.ts";
import { lifeOf } from "../system/proc.ts";
import { asGokuError } from "./failure.ts";
import { LineAnswer } from "./line-answer.ts";

export interface HookRoutesOptions {
  readonly handler: PushHandler;
  readonly repositories: BareRepositories;
  readonly sessions: Sessions;
  /** The owner of an SSH key. @throws GokuError when it is gone */
  readonly callerOf: (key: string) => Caller;
  readonly log: Log;
}

/** Half a million refs in one push. */
export const maxBody = 64 * 1024 * 1024;

/** What the scripts of the data folder ask: the forced command of SSH, and git's hooks. For the control socket alone. */
export function hookRoutes(options: HookRoutesOptions): Router {
  const { handler, repositories, sessions, callerOf, log } = options;
  const gits = createAtWork(tooManyGits);
  const verbs = createAtWork(tooManyVerbs);
  const router = Router();
  const lines = raw({ type: () => true, limit: maxBody });

  router.post(
    "/hooks/ssh",
    lines,
    answering(log, async ([key = "", pid = "", service = "", name = ""]) => {
      if (!isGitService(service)) {
        throw usage(`Goku knows no git service "${service}".`);
      }
      const caller = () => callerOf(key);
      gits.begin(caller().name, lifeOf(Number(pid)));
      const repository = withoutSuffix(name);
      const open = await openRepository(handler, repositories, caller(), repository, service);
      if (service === "receive-pack") {
        sessions.open({ pid: Number(pid), repository, caller, lost: null });
      }
      return `ok ${open.hooks} ${open.most} ${open.path}`;
    }),
  );

  router.post(
    "/hooks/octo",
    lines,
    answering(log, async ([key = "", pid = ""]) => {
      verbs.begin(callerOf(key).name, lifeOf(Number(pid)));
      return "ok";
    }),
  );

  router.post(
    "/hooks/pre-receive",
    lines,
    answering(log, async ([pid = "", ...rest]) => {
      const { caller, repository } = sessionOf(sessions, pid);
      const updates = rest.filter((line) => line !== "").map(readUpdate);
      await handler.readPush(caller(), repository, updates);
      return "exit 0";
    }),
  );

  router.post(
    "/hooks/update",
    lines,
    answering(log, async ([pid = "", ref = "", before = "", after = ""], answer, gone) => {
      const session = sessionOf(sessions, pid);
      const { repository } = session;
      const update = updateOf(ref, before, after);
      await session.whileConnected(async (lost) => {
        const signal = AbortSignal.any([lost, gone]);
        const write = (line: string) => answer.show(line);
        await handler.update({ caller: session.caller(), repository, ...update, signal, write });
      });
      void finishRef(repositories, session, update, log);
      return "exit 0";
    }),
  );
  router.use(refuseTooLong(log));
  return router;
}

function refuseTooLong(log: Log): ErrorRequestHandler {
  return (error: { type?: string }, request, response, next) => {
    if (error.type !== "entity.too.large") {
      next(error);
      return;
    }
    const refusal = usage(
      `The list of refs in this push is longer than ${formatBytes(maxBody)}.`,
      "Push them in several pushes.",
    );
    const refuse = async () => {
      throw refusal;
    };
    void answering(log, refuse)(request, response, next);
  };
}

/** Runs a question's work on the lines of its body; what it returns, or `exit 1` after the sentences of a failure, ends the answer. */
function answering(
  log: Log,
  work: (lines: readonly string[], answer: LineAnswer, gone: AbortSignal) => Promise<string>,
): RequestHandler {
  return async (request: Request, response: Response) => {
    const gone = new AbortController();
    response.once("close", () => {
      if (!response.writableFinished) {
        gone.abort();
      }
    });
    const answer = new LineAnswer(response);
    try {
      answer.end(await work(readLines(request), answer, gone.signal));
    } catch (error) {
      renderError(asGokuError(error, log, request.path)).forEach((line) => answer.show(line));
      answer.end("exit 1");
    }
  };
}

/** @throws usage for bytes that are not UTF-8: names of refs may be that in git, and nowhere else */
function readLines(request: Request): string[] {
  const body: unknown = request.body;
  try {
    const bytes = Buffer.isBuffer(body) ? body : Buffer.alloc(0);
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes).split("\n");
  } catch {
    throw usage("The name of a branch or tag is not UTF-8.", "Push it under another name.");
  }
}

function sessionOf(sessions: Sessions, pid: string): Session {
  const session = sessions.find(Number(pid));
  if (session === null) {
    throw notByADoor();
  }
  return session;
}

/** A line of pre-receive's input. */
function readUpdate(line: string): RefUpdate {
  const [before = "", after = "", ...ref] = line.split(" ");
  return { ref: ref.join(" "), old: before, new: after };
}

/** @throws usage for what git never says: all of it may become an argument of git's */
function updateOf(ref: string, before: string, after: string): RefUpdate {
  if (!ref.startsWith("refs/") || !isCommit(before) || !isCommit(after)) {
    throw usage("This is no update of a ref.", "Goku's hooks are for git alone.");
  }
  return { ref, old: before, new: after };
}
