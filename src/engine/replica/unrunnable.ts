import { DockerAnswer } from "../client/docker.ts";
import { plainReason } from "../start-failure.ts";

/**
 * A command that could not begin, with the exit status that shells and `docker run` give it: 127 where there is no such
 * program, 126 where there is one. Null for any other failure.
 */
export function unrunnable(
  error: unknown,
): { readonly exitStatus: 126 | 127; readonly why: string } | null {
  const reason = error instanceof DockerAnswer ? plainReason(error.message) : "";
  if (!reason.startsWith("exec: ")) {
    return null;
  }
  const isMissing = /executable file not found|no such file or directory/.test(reason);
  return { exitStatus: isMissing ? 127 : 126, why: reason.slice("exec: ".length) };
}
