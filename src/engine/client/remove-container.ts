import type Docker from "dockerode";
import { answered, tolerate } from "./docker.ts";

/** Kills and removes a container with its anonymous volumes, and resolves when it is gone. Gone is no error. */
export async function removeContainer(docker: Docker, id: string): Promise<void> {
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
    await tolerate(container.wait({ condition: "removed" }), 404);
  }
}
