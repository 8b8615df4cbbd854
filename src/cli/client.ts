import { request as httpRequest, type IncomingMessage } from "node:http";
import { join } from "node:path";
import type { Readable } from "node:stream";
import {
  connectionLost,
  daemonNotRunning,
  type GokuError,
  isGokuError,
  socketForbidden,
} from "../errors.ts";
import { hasErrno } from "../system/errno.ts";
import { hasSystemd } from "../system/systemd.ts";
import {
  type Frame,
  fromWireError,
  inputThenStdinType,
  inputType,
  keyHeader,
  readFrames,
} from "../web/wire.ts";
import type { Input } from "./command.ts";

export interface Sending {
  /** The daemon's folder. */
  readonly data: string;
  /** Name of the SSH key that asks; null for the admin of this server. */
  readonly key: string | null;
  readonly verb: string;
  readonly input: Input;
  /** What follows the input, as it comes; null for nothing. */
  readonly stdin: Readable | null;
  /** Called with every frame but the last, in order; the next waits for it. */
  readonly onFrame: (frame: Frame) => Promise<void>;
}

/**
 * Asks the daemon on its control socket.
 * @returns the result
 * @throws what the daemon answers, daemonNotRunning, socketForbidden, connectionLost
 */
export async function callVerb(sending: Sending): Promise<unknown> {
  const socket = join(sending.data, "goku.sock");
  const response = await begin(sending, socket);
  try {
    for await (const frame of readFrames(response)) {
      if ("result" in frame) {
        return frame.result;
      }
      if ("error" in frame) {
        throw fromWireError(frame.error);
      }
      await sending.onFrame(frame);
    }
  } catch (error) {
    throw isGokuError(error) || !isLost(error) ? error : lost(sending, error);
  } finally {
    response.destroy();
    if (sending.stdin !== null) {
      sending.stdin.destroy();
    }
  }
  throw lost(sending, null);
}

function begin(sending: Sending, socketPath: string): Promise<IncomingMessage> {
  const { key, verb, input, stdin } = sending;
  return new Promise((resolve, reject) => {
    const request = httpRequest({
      socketPath,
      method: "POST",
      path: `/api/${encodeURIComponent(verb)}`,
      agent: false,
      headers: {
        "content-type": stdin === null ? inputType : inputThenStdinType,
        ...(key === null ? {} : { [keyHeader]: key }),
      },
    });
    // After the answer has begun, its end tells what happened.
    request.on("error", (error) => reject(unreachable(error, socketPath, sending)));
    request.once("response", resolve);
    if (stdin === null) {
      request.end(JSON.stringify(input));
    } else {
      request.write(`${JSON.stringify(input)}\n`);
      stdin.pipe(request);
    }
  });
}

function unreachable(error: unknown, socket: string, sending: Sending): GokuError {
  if (hasErrno(error, "ENOENT", "ECONNREFUSED", "ENOTSOCK")) {
    return daemonNotRunning(socket, hasSystemd(), error);
  }
  return hasErrno(error, "EACCES", "EPERM") ? socketForbidden(socket, error) : lost(sending, error);
}

function lost({ verb, input: { app } }: Sending, cause: unknown): GokuError {
  return connectionLost(verb, typeof app === "string" ? app : null, cause);
}

/** The stream broke, or ended in the middle of a line. */
function isLost(error: unknown): boolean {
  return (
    error instanceof SyntaxError ||
    hasErrno(error, "ECONNRESET", "EPIPE", "ERR_STREAM_PREMATURE_CLOSE")
  );
}
