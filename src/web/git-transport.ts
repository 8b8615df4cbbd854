import type { ChildProcess } from "node:child_process";
import { createGunzip } from "node:zlib";
import type { Readable } from "node:stream";
import type { Request, Response } from "express";
import { Service } from "node-git-server";
import { usage } from "../errors.ts";
import type { OpenRepository } from "../receiver/door.ts";
import type { GitService } from "../receiver/push.ts";
import type { Log } from "../system/log.ts";
import { takeTurns } from "../system/priority.ts";
import { PackRequest } from "./pack-request.ts";

/** A push or fetch on its way. */
export interface Exchange {
  /** Called with the process as soon as it runs. */
  readonly started: (child: ChildProcess) => void;
  /** Called when the client has gone before the answer was complete. */
  readonly lost: () => void;
  /** A client that neither sends nor reads for this long is cut off. */
  readonly idleMs: number;
}

/**
 * Answers `git-receive-pack` and `git-upload-pack`, streaming both ways. node-git-server starts them by name: the PATH
 * leads to src/receiver/scripts/git-service, which reads what else there is to know from the argument made here.
 */
export function exchange(
  open: OpenRepository,
  service: GitService,
  request: Request,
  response: Response,
  { started, lost, idleMs }: Exchange,
  log: Log,
): void {
  response.setHeader("content-type", `application/x-git-${service}-result`);
  response.setHeader("cache-control", "no-cache");
  response.setHeader("x-accel-buffering", "no");
  request.socket.setKeepAlive(true, keepAliveMs);
  request.socket.setTimeout(idleMs);
  const body = decoded(request, log);
  const options = { repo: "", cwd: argument(open, request), service };
  const serving = new Service(options, new PackRequest(body), response);
  serving.on("error", (error: Error) => fail(response, log, error));
  serving.once("service", (child: ChildProcess) => {
    takeTurns(child);
    child.stdin?.on("error", (error) => log.debug({ err: error }, "git took no more of a request"));
    collectErrors(child, service, log);
    started(child);
    const closed = () => {
      if (!response.writableFinished) {
        lost();
        leave(child, service);
      }
    };
    response.once("close", closed);
    body.once("error", () => child.stdin?.destroy());
    // Who hangs up at once has gone before git is there.
    if (response.closed) {
      closed();
    }
  });
  serving.accept();
}

/** Without traffic for this long, the kernel asks whether the client is still there. */
const keepAliveMs = 30_000;

/** HOOKS:MOST:PROTOCOL:REPOSITORY, as the script reads it. */
function argument({ hooks, most, path }: OpenRepository, request: Request): string {
  return `${hooks}:${most}:${protocolOf(request)}:${path}`;
}

/** What the client wants of git's wire protocol; empty for the oldest. */
export function protocolOf(request: Request): string {
  const asked = request.get("git-protocol") ?? "";
  return /^version=[0-2]$/.test(asked) ? asked : "";
}

/** git compresses long requests; node-git-server would do this itself, and end the daemon on a broken one. */
function decoded(request: Request, log: Log): Readable {
  const encoding = request.get("content-encoding") ?? "identity";
  if (encoding === "identity") {
    return request;
  }
  if (encoding !== "gzip" && encoding !== "x-gzip") {
    throw usage(`Goku cannot read a request in the encoding ${encoding}.`);
  }
  const body = createGunzip();
  body.once("error", (error) => log.info({ err: error }, "a git client sent a broken request"));
  return request.pipe(body);
}

/** A push lives on without its client, so that what is live gets its ref; a fetch is for nobody. */
function leave(child: ChildProcess, service: GitService): void {
  child.stdin?.destroy();
  child.stdout?.unpipe();
  if (service === "receive-pack") {
    child.stdout?.resume();
  } else {
    child.stdout?.destroy();
  }
}

const maxStderr = 4096;

/** node-git-server never reads it, and git would wait for ever with a full pipe. */
function collectErrors(child: ChildProcess, service: GitService, log: Log): void {
  let stderr = "";
  child.stderr?.setEncoding("utf8").on("data", (text: string) => {
    stderr = (stderr + text).slice(-maxStderr);
  });
  child.once("close", (status) => {
    if (status !== 0) {
      log.info({ service, status, stderr: stderr.trim() }, "git ended with a failure");
    }
  });
}

function fail(response: Response, log: Log, error: Error): void {
  log.info({ err: error }, "a git exchange over HTTP broke off");
  if (response.headersSent) {
    response.destroy();
  } else {
    response.status(500).type("text/plain").send(" !     git could not be started.\n");
  }
}
