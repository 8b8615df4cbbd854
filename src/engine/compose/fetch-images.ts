import { homedir } from "node:os";
import type Docker from "dockerode";
import { serviceImageUnavailable } from "../../errors.ts";
import type { ImageFacts } from "../../compose-ports.ts";
import { CommandFailed, run } from "../../system/process.ts";
import { systemPath } from "../../system/system-path.ts";
import type { BuildGuard } from "../build/build-guard.ts";
import { orNull } from "../client/docker.ts";
import { pullImage } from "../image/images.ts";
import { readSaid } from "./said.ts";

/** What fetching needs of the engine. */
export interface FetchParts {
  readonly docker: Docker;
  readonly guard: BuildGuard;
  readonly socket: string;
  readonly dockerConfig: string;
}

/** Pulls those that are not there, one after the other. @returns ids by reference. @throws buildFailed */
export async function fetchImages(
  parts: FetchParts,
  references: readonly string[],
  onLine: (line: string) => void,
  signal: AbortSignal,
): Promise<Record<string, string>> {
  const wanted = [...new Set(references)];
  const present = await Promise.all(wanted.map((each) => idOf(parts.docker, each)));
  const absent = wanted.filter((_, at) => present[at] === null);
  const ids = new Map(wanted.map((each, at) => [each, present[at] ?? null]));
  if (absent.length > 0) {
    await parts.guard.guarded(onLine, signal, async (bounds) => {
      for (const reference of absent) {
        await pull(parts, reference, onLine, bounds.signal);
        ids.set(reference, await idOf(parts.docker, reference));
      }
    });
  }
  return Object.fromEntries(
    [...ids].map(([reference, id]) => {
      if (id === null) {
        throw serviceImageUnavailable(reference, "it was gone again at once", undefined);
      }
      return [reference, id] as const;
    }),
  );
}

async function idOf(docker: Docker, reference: string): Promise<string | null> {
  return (await orNull(docker.getImage(reference).inspect()))?.Id ?? null;
}

async function pull(
  { docker, socket, dockerConfig, guard }: FetchParts,
  reference: string,
  onLine: (line: string) => void,
  signal: AbortSignal,
): Promise<void> {
  if (isId(reference)) {
    throw serviceImageUnavailable(
      reference,
      "it is no longer on this server, and an id cannot be fetched",
      "Name the image in the compose file, or push again so that it is built again.",
    );
  }
  const unavailable = serviceImageUnavailable;
  if (!(await pullImage(docker, reference, dockerConfig, onLine, signal, unavailable))) {
    await pullByCli(reference, socket, guard.timeoutMs, onLine, signal);
  }
}

/** The docker CLI asks the credential helper that keeps the login. */
async function pullByCli(
  reference: string,
  socket: string,
  timeoutMs: number,
  onLine: (line: string) => void,
  signal: AbortSignal,
): Promise<void> {
  onLine(`Fetching ${reference}`);
  try {
    const { exitCode, stderr } = await run({
      file: "docker",
      args: ["pull", "--quiet", reference],
      env: { PATH: systemPath, HOME: homedir(), DOCKER_HOST: `unix://${socket}` },
      timeoutMs,
      signal,
    });
    if (exitCode !== 0) {
      const { failure } = readSaid(stderr);
      throw serviceImageUnavailable(
        reference,
        failure === "" ? "the docker CLI gave no reason" : failure,
        `Try it on the server, as the user that runs Goku: docker pull ${reference}`,
      );
    }
  } catch (error) {
    signal.throwIfAborted();
    throw error instanceof CommandFailed
      ? serviceImageUnavailable(reference, error.message, undefined)
      : error;
  }
}

function isId(reference: string): boolean {
  return /^sha256:[0-9a-f]{64}$/.test(reference);
}

/** What the image says of containers made from it. @throws serviceImageUnavailable where it is gone */
export async function describeImage(docker: Docker, id: string): Promise<ImageFacts> {
  const found = await orNull(docker.getImage(id).inspect());
  if (found === null) {
    throw serviceImageUnavailable(
      id,
      "it is no longer on this server",
      "Run the same command again: it makes what is gone.",
    );
  }
  const { ExposedPorts, Volumes }: ImageConfig = found.Config ?? {};
  return {
    id: found.Id,
    ports: Object.keys(ExposedPorts ?? {})
      .flatMap((port) => /^(\d+)(?:\/tcp)?$/.exec(port)?.slice(1).map(Number) ?? [])
      .sort((one, other) => one - other),
    volumes: Object.keys(Volumes ?? {}),
  };
}

interface ImageConfig {
  readonly ExposedPorts?: Readonly<Record<string, unknown>> | null;
  readonly Volumes?: Readonly<Record<string, unknown>> | null;
}
