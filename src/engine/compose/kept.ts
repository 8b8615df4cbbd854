import type Docker from "dockerode";
import { orNull } from "../client/docker.ts";

/** What Docker was told to do when a container ends. */
export interface Kept {
  /** It is to be started again whatever its status was. False when it is gone. */
  has(id: string): Promise<boolean>;
  /** What Docker was told has changed, or the container has gone. */
  forget(id: string): void;
}

/** Docker's list does not have it, so that Docker is asked about the container: once, whoever asks how often. */
export function createKept(docker: Docker): Kept {
  const answers = new Map<string, Promise<boolean>>();

  async function ask(id: string): Promise<boolean> {
    try {
      const found = await orNull(docker.getContainer(id).inspect());
      const policy = found?.HostConfig.RestartPolicy?.Name ?? "";
      return policy === "always" || policy === "unless-stopped";
    } catch (error) {
      answers.delete(id);
      throw error;
    }
  }

  return {
    has(id) {
      const answer = answers.get(id) ?? ask(id);
      answers.set(id, answer);
      return answer;
    },
    forget: (id) => void answers.delete(id),
  };
}
