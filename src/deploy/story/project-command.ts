import { buildFailed, type GokuError } from "../../errors.ts";
import type { RunIo } from "../../ports.ts";
import { formatDuration } from "../../system/format-duration.ts";
import { lineWriter } from "./line-writer.ts";
import type { Story } from "./story.ts";

/** Runs an argv in a container, to its end or the signal's. @returns its exit status */
type Run = (argv: readonly string[], io: RunIo, signal: AbortSignal) => Promise<number>;

/**
 * Runs the release command of a project and tells what it says. The app and a place among the parallel deploys are
 * held meanwhile, so it has no more time than a build.
 * @throws buildFailed
 */
export async function runProjectCommand(
  command: string,
  timeoutMs: number,
  { report, signal }: Pick<Story, "report" | "signal">,
  run: Run,
): Promise<void> {
  report.step(`Running the release command: ${command}`);
  const lines = lineWriter((line) => report.detail(line));
  const late = new AbortController();
  const timer = setTimeout(() => late.abort(tookTooLong(command, timeoutMs)), timeoutMs);
  try {
    // The command is the project's own and runs in its container, so the container's shell may read it.
    const exitStatus = await run(
      ["/bin/sh", "-c", command],
      { stdin: null, stdout: lines, stderr: lines },
      AbortSignal.any([signal, late.signal]),
    );
    if (exitStatus !== 0) {
      throw buildFailed(
        `The release command ended with exit status ${exitStatus}: ${command}`,
        [],
        "Mend it and push again; it runs again with the next push.",
      );
    }
  } finally {
    clearTimeout(timer);
  }
}

function tookTooLong(command: string, timeoutMs: number): GokuError {
  return buildFailed(
    `The release command was stopped because it took longer than ${formatDuration(timeoutMs)}: ${command}`,
    [],
    "See what it waits for (a lock in the database that the release which serves holds?), or allow it and builds more time: GOKU_BUILD_TIMEOUT",
  );
}
