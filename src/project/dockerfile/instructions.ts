import { badLine } from "../bad-line.ts";
import { dockerfileName } from "../project-files.ts";
import { changes, Dialect } from "./dialect.ts";
import type { DockerfileLines } from "./lines.ts";
import { type Reading, readLines } from "./reader.ts";

export type { CommentLine, DockerfileLines, Instruction } from "./lines.ts";
export type { Flag } from "./split-line.ts";

/**
 * Splits a Dockerfile as BuildKit does, of whichever version.
 * @param text with `\n` line ends and no byte order mark
 * @throws badProject for what all versions refuse to read, or take for different instructions
 */
export function readInstructions(text: string): DockerfileLines {
  let dialect: Dialect | null = new Dialect(changes.length);
  const first = readLines(text, dialect, false);
  const older: Reading[] = [];
  for (dialect = dialect.before; dialect !== null; dialect = dialect.before) {
    older.push(readLines(text, dialect, true));
  }
  const accepted = [first, ...older].filter(({ fault, isRefused }) => fault === null && !isRefused);
  const [reading = first] = accepted;
  if (reading.fault !== null) {
    const { line, problem } = reading.fault;
    throw badLine(dockerfileName, line, problem, "Docker does not build it: change that line.");
  }
  for (const other of accepted) {
    mustAgree(reading, other);
  }
  return reading;
}

function mustAgree(one: Reading, other: Reading): void {
  const count = Math.max(one.instructions.length, other.instructions.length);
  for (let at = 0; at < count; at += 1) {
    const [a, b] = [one.instructions[at], other.instructions[at]];
    if (JSON.stringify(a) !== JSON.stringify(b) || one.escape !== other.escape) {
      throw badLine(
        dockerfileName,
        a?.line ?? b?.line ?? 1,
        "Versions of Docker take this for different instructions.",
        "Write <<EOF without a space and # escape= first of all, and leave variables out of names of heredocs.",
      );
    }
  }
}
