import { buildFailed, type GokuError } from "../../errors.ts";
import type { FailedStep } from "./build-log.ts";
import { withoutEnd } from "../../without-end.ts";

/** What solver and frontend put before the reason. */
const preamble =
  /^(?:failed to solve(?: with frontend \S+)?: |failed to compute cache key: |failed to calculate checksum of ref \S+: |rpc error: code = \w+ desc = )+/;
const exitCode = /did not complete successfully: exit code: (\d+)/;
const notFound = /^"([^"]+)": not found$/;
const noFolder = /(?:^|: )path "([^"]+)" not found$/;
const killedStatus = 137;

/** One sentence for the pusher, the step's last lines under it. */
export function describeFailure(message: string, step: FailedStep | null): GokuError {
  const reason = (step?.error ?? message).trim().replace(preamble, "");
  const lastLines = step?.lastLines ?? [];
  const at = step === null || step.name === "" ? "" : ` at ${step.name}`;
  const [, status] = exitCode.exec(reason) ?? [];
  if (status !== undefined) {
    const killed = Number(status) === killedStatus;
    return buildFailed(
      `The build failed${at}: exit status ${status}.`,
      lastLines,
      killed
        ? "It was killed: most likely it wanted more memory than a build may use (GOKU_BUILD_MEMORY)."
        : undefined,
    );
  }
  const [, path] = notFound.exec(reason) ?? [];
  if (path !== undefined) {
    return buildFailed(
      `The build failed${at}: the repository has no ${path}.`,
      lastLines,
      "Is it committed, and not left out by .dockerignore?",
    );
  }
  const [, folder] = noFolder.exec(reason) ?? [];
  if (folder !== undefined) {
    return buildFailed(
      `The build failed: the repository has no folder ${folder}.`,
      lastLines,
      "Correct `build` in the compose file, or commit the folder with a file in it, and push again.",
    );
  }
  return buildFailed(`The build failed${at}: ${firstLine(reason)}.`, lastLines);
}

function firstLine(text: string): string {
  const [line = ""] = text.split("\n");
  return withoutEnd(line, /[.:\s]/);
}
