import type { Readable } from "node:stream";
import { finished } from "node:stream/promises";
import { treeNotUnpacked } from "../errors.ts";
import { asError } from "../system/as-error.ts";
import { type CommandResult, run } from "../system/process.ts";
import { systemPath } from "../system/system-path.ts";

const timeoutMs = 60 * 60 * 1000;

/**
 * - `-m`: fresh times, since builders take files of equal size and time for the same
 * - `-p`: modes as the tar has them, whatever Goku's umask
 * - `.git`: no commit made by git has one, and whatever runs git in the tree would do as its config says
 *
 * GNU tar by itself makes links that lead out of the folder last, when nothing can be written through them any more, and
 * refuses names with `..`.
 */
const tarArgs = ["-x", "-m", "-p", "--no-same-owner", "--exclude=.git", "-f", "-"];

/**
 * Unpacks a tar into the folder, which has to be the user's own where one is given.
 * @throws treeNotUnpacked; what the stream fails with; the signal's reason
 */
export async function unpack(
  stream: Readable,
  folder: string,
  user: { readonly uid: number; readonly gid: number } | null,
  signal: AbortSignal,
): Promise<void> {
  const stopped = new AbortController();
  signal.addEventListener("abort", () => stream.destroy(asError(signal.reason)), { once: true });
  const lost: Error[] = [];
  // Destroyed without an error is an end too, which pipes say nothing of.
  finished(stream, { writable: false }).catch((error: unknown) => {
    lost.push(asError(error));
    stopped.abort();
  });
  let result: CommandResult;
  try {
    result = await run({
      file: "tar",
      args: tarArgs,
      cwd: folder,
      env: { PATH: systemPath, LC_ALL: "C" },
      input: stream,
      ...user,
      timeoutMs,
      signal: stopped.signal,
    });
  } catch (error) {
    throw lost[0] ?? error;
  } finally {
    stream.destroy();
  }
  if (result.exitCode !== 0) {
    const lines = result.stderr.trim().split("\n");
    throw lost[0] ?? treeNotUnpacked(lines.slice(0, 10));
  }
}
