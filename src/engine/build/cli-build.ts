import { type Command, CommandFailed, type CommandResult } from "../../system/process.ts";
import { describeFailure } from "./build-failure.ts";
import { createBuildLog } from "./build-log.ts";
import { createPlainReader } from "./plain-log.ts";

/** BuildKit's summary, after everything has been told step by step. */
const summary = /^(?:ERROR: |failed to solve: )(.*)$/;

/**
 * Runs a command that builds and tells of it in BuildKit's plain form, and tells it on calmly.
 * @param run starts it, with the reader of its lines
 * @throws buildFailed with the failing step's last lines
 */
export async function followCliBuild(
  run: (hear: Pick<Command, "onLine">) => Promise<CommandResult>,
  mask: (line: string) => string,
  onLine: (line: string) => void,
  signal: AbortSignal,
): Promise<void> {
  const log = createBuildLog((line) => onLine(mask(line)));
  const read = createPlainReader();
  let problem: string | null = null;
  let last = "the docker CLI gave no reason";
  try {
    const { exitCode } = await run({
      onLine: (line) => {
        const status = read(line);
        problem = summary.exec(line)?.[1] ?? problem;
        if (status !== null) {
          log.add(status);
        } else if (line.trim() !== "") {
          last = line.trim();
        }
      },
    });
    if (exitCode === 0) {
      return;
    }
  } catch (error) {
    signal.throwIfAborted();
    if (!(error instanceof CommandFailed)) {
      throw error;
    }
    problem = error.message;
  }
  const step = log.failedStep();
  throw describeFailure(
    mask(problem ?? last),
    step === null
      ? null
      : { ...step, error: mask(step.error), lastLines: step.lastLines.map(mask) },
  );
}
