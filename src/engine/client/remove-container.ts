import type Docker from "dockerode";
import { removalUnfinished } from "../../errors.ts";
import { answered, tolerate } from "./docker.ts";

/** Docker may be at it for ever, where a process does not die or a mount does not come off. */
export const othersTimeoutMs = 15_000;

/**
 * Kills and removes a container with its anonymous volumes, and resolves when it is gone. Gone is no error.
 * @param timeoutMs for a removal that somebody else began
 * @throws removalUnfinished
 */
export async function removeContainer(
  docker: Docker,
  id: string,
  timeoutMs = othersTimeoutMs,
): Promise<void> {
  const container = docker.getContainer(id);
  try {
    await container.remove({ force: true, v: true });
  } catch (error) {
    if (answered(error, 404)) {
      return;
    }
    if (!answered(error, 409)) {
      throw error;
    }
    // Somebody else is removing it already.
    const abortSignal = AbortSignal.timeout(timeoutMs);
    try {
      await tolerate(container.wait({ condition: "removed", abortSignal }), 404);
    } catch (failure) {
      throw abortSignal.aborted ? removalUnfinished(id, timeoutMs, error) : failure;
    }
  }
}
