import { isAbsolute, resolve } from "node:path";
import { plain } from "./dollars.ts";
import type { ComposeModel } from "./model.ts";

type Build = NonNullable<ComposeModel["services"][string]["build"]>;

/** Paths of the server that a compose file leads to, each once in its list. */
export interface HostPaths {
  /**
   * What containers mount: binds, files of secrets and configs, folders behind volumes. Absolute, but for a folder behind
   * a volume, which docker compose leaves as the file has it: relative to the tree.
   */
  readonly mounts: string[];
  /** Build contexts and Dockerfiles, absolute. */
  readonly others: string[];
}

export function hostPaths(model: ComposeModel): HostPaths {
  const services = Object.values(model.services);
  const binds = services.flatMap(({ volumes }) =>
    (volumes ?? []).flatMap((mount) =>
      mount.type === "bind" && mount.source !== undefined ? [plain(mount.source)] : [],
    ),
  );
  const files = [model.secrets, model.configs]
    .flatMap((sources) => Object.values(sources ?? {}))
    .flatMap((source) => (source?.file === undefined ? [] : [plain(source.file)]));
  const devices = Object.values(model.volumes ?? {}).flatMap((volume) => deviceOf(volume) ?? []);
  const builds = services.flatMap(({ build }) => (build ? pathsOfBuild(build) : []));
  return {
    mounts: [...new Set([...binds, ...files, ...devices])],
    others: [...new Set(builds)],
  };
}

/** Paths of the Dockerfiles of services that are built from a folder of the server and from a file. */
export function dockerfilesOf(model: ComposeModel): Record<string, string> {
  return Object.fromEntries(
    Object.entries(model.services).flatMap(([name, { build }]) => {
      const path = build ? dockerfileOf(build) : null;
      return path === null ? [] : [[name, path]];
    }),
  );
}

/** The folder that a volume of Docker's own driver stands for (`o: bind`); null for a volume that is one. */
export function deviceOf(
  volume: NonNullable<ComposeModel["volumes"]>[string] | undefined,
): string | null {
  const options = volume?.driver_opts;
  const device = plain(options?.["device"] ?? "");
  const binds = (options?.["o"] ?? "").split(",").some((word) => /^r?bind$/.test(word.trim()));
  return binds && device !== "" ? device : null;
}

function pathsOfBuild(build: Build): string[] {
  const dockerfile = dockerfileOf(build);
  const contexts = [build.context, ...Object.values(build.additional_contexts ?? {})]
    .map((context) => plain(context ?? ""))
    .filter((context) => isAbsolute(context));
  return dockerfile === null ? contexts : [...contexts, dockerfile];
}

function dockerfileOf({ context = "", dockerfile, dockerfile_inline: inline }: Build) {
  return isAbsolute(context) && inline === undefined
    ? resolve(plain(context), plain(dockerfile ?? "Dockerfile"))
    : null;
}
