import type Docker from "dockerode";
import type { LogOptions } from "../../ports.ts";
import { answered } from "../client/docker.ts";
import { frames, linesOf, unframed } from "../client/frames.ts";
import { openStream } from "../client/stream.ts";

/** What a container wrote, line by line. One that is gone, or about to be, has no lines. */
export async function* readLogs(
  docker: Docker,
  id: string,
  options: LogOptions,
): AsyncGenerator<string> {
  const { follow, signal } = options;
  try {
    const { Config } = await docker.getContainer(id).inspect({ abortSignal: signal });
    const stream = await openStream(docker, {
      method: "GET",
      path: `/containers/${id}/logs`,
      query: logQuery(options),
      signal,
    });
    try {
      yield* linesOf(Config.Tty ? unframed(stream, signal) : frames(stream, signal));
    } finally {
      stream.destroy();
    }
  } catch (error) {
    if (answered(error, 501)) {
      yield "Docker cannot read this log: the container's logging driver keeps none here.";
      if (follow) {
        await ended(docker, id, signal);
      }
      return;
    }
    // Whoever aborts has read enough.
    if (signal?.aborted !== true && !answered(error, 404, 409)) {
      throw error;
    }
  }
}

/** Resolves when the container has ended, is gone or about to be, or nobody waits any more. */
async function ended(docker: Docker, id: string, signal: AbortSignal | undefined): Promise<void> {
  try {
    await docker.getContainer(id).wait({ abortSignal: signal });
  } catch (error) {
    if (signal?.aborted !== true && !answered(error, 404, 409)) {
      throw error;
    }
  }
}

export function logQuery({ follow, tail, since }: LogOptions): Record<string, string | boolean> {
  return {
    stdout: true,
    stderr: true,
    follow,
    tail: tail === null ? "all" : String(tail),
    ...(since === null ? {} : { since: unixTime(since) }),
  };
}

/** Docker wants seconds, with as many decimals as there are. */
function unixTime(iso: string): string {
  return (Date.parse(iso) / 1000).toFixed(3);
}
