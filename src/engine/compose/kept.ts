import type Docker from "dockerode";
import { isGokuError } from "../../errors.ts";
import type { Log } from "../../system/log.ts";
import { orNull } from "../client/docker.ts";

/** Whoever looks after all apps waits for it. */
const longestLookMs = 10_000;

/** What Docker was told to do when a container ends. */
export interface Kept {
  /**
   * It is to be started again whatever its status was. False when it is gone, or Docker cannot say.
   * @throws dockerUnavailable
   */
  has(id: string): Promise<boolean>;
  /** What Docker was told has changed, or the container has gone. */
  forget(id: string): void;
}

/** Docker's list does not have it, so that Docker is asked about the container: once, whoever asks how often. */
export function createKept(docker: Docker, log: Log, lookMs = longestLookMs): Kept {
  const answers = new Map<string, Promise<boolean>>();

  async function ask(id: string): Promise<boolean> {
    try {
      const abortSignal = AbortSignal.timeout(lookMs);
      const found = await orNull(docker.getContainer(id).inspect({ abortSignal }));
      const policy = found?.HostConfig.RestartPolicy?.Name ?? "";
      return policy === "always" || policy === "unless-stopped";
    } catch (error) {
      answers.delete(id);
      if (isGokuError(error)) {
        throw error;
      }
      // One container that Docker cannot read must not keep all others from care.
      log.warn({ err: error, container: id }, "Docker does not say whether it keeps a container");
      return false;
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
