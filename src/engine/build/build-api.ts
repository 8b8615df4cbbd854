import type { Readable } from "node:stream";
import type Docker from "dockerode";
import type { Build } from "../../ports.ts";
import { DockerAnswer } from "../client/docker.ts";
import { jsonLines, openStream } from "../client/stream.ts";
import { label } from "../labels.ts";
import type { Names } from "../names.ts";
import { describeFailure } from "./build-failure.ts";
import { createBuildLog } from "./build-log.ts";
import { filterTree } from "./build-tree.ts";
import { ownArgs } from "./own-args.ts";
import { decodeStatus } from "./status.ts";

/** A line of the builder's answer. */
type BuildLine =
  | { readonly id: "moby.buildkit.trace"; readonly aux: string }
  | { readonly id: "moby.image.id"; readonly aux: { readonly ID: string } }
  | { readonly id?: undefined; readonly error?: string };

/** Builds with BuildKit through the engine's API: the cheapest way, without secrets, SSH and `# syntax=`. */
export async function buildByApi(
  docker: Docker,
  names: Names,
  build: Build,
  tree: Readable,
  onLine: (line: string) => void,
  signal: AbortSignal,
): Promise<string> {
  const log = createBuildLog(onLine);
  const body = build.ignore === null ? tree : filterTree(tree, build.ignore, build.dockerfile);
  let image: string | null = null;
  try {
    const stream = await openStream(docker, {
      method: "POST",
      path: "/build",
      query: buildQuery(names, build),
      body,
      signal,
    });
    for await (const line of jsonLines<BuildLine>(stream, signal)) {
      if (line.id === "moby.buildkit.trace") {
        log.add(decodeStatus(line.aux));
      } else if (line.id === "moby.image.id") {
        image = line.aux.ID;
      } else if (line.error !== undefined) {
        throw describeFailure(line.error, log.failedStep());
      }
    }
  } catch (error) {
    signal.throwIfAborted();
    throw error instanceof DockerAnswer ? describeFailure(error.message, null) : error;
  }
  if (image === null) {
    throw describeFailure("the builder named no image", log.failedStep());
  }
  return image;
}

/** The labels are the same for each version, so that they leave the cache alone. */
export function buildQuery(names: Names, build: Build): Record<string, unknown> {
  return {
    version: 2,
    t: names.image(build.app, build.version),
    dockerfile: build.dockerfile,
    buildargs: JSON.stringify({ ...build.args, ...ownArgs(names, build.app) }),
    labels: JSON.stringify({ [label.instance]: names.instance, [label.app]: build.app }),
    rm: true,
    forcerm: true,
  };
}
