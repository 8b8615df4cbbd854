import type Docker from "dockerode";
import { dockerUnavailable, isGokuError } from "../errors.ts";
import { ping } from "./client/docker.ts";

const pingTimeoutMs = 2_000;

/** docker compose tells of a Docker that has gone as of anything else that went wrong: ask Docker itself. */
export async function blamingDocker<T>(docker: Docker, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (isGokuError(error) && error.code !== "unavailable" && !(await answers(docker))) {
      throw dockerUnavailable(error);
    }
    throw error;
  }
}

async function answers(docker: Docker): Promise<boolean> {
  try {
    await ping(docker, AbortSignal.timeout(pingTimeoutMs));
    return true;
  } catch {
    return false;
  }
}
