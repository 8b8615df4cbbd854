import { homedir } from "node:os";
import type Docker from "dockerode";
import type { ServicesBuild } from "../../compose-ports.ts";
import { systemPath } from "../../system/system-path.ts";
import { followCliBuild } from "../build/cli-build.ts";
import type { BuildGuard } from "../build/build-guard.ts";
import type { Names } from "../names.ts";
import { buildDefinition } from "./build-definition.ts";
import { type ComposeCommand, type ComposeRun, noGit } from "./compose-command.ts";

/** Builds the services' images, and answers their ids. @throws buildFailed */
export async function buildServices(
  docker: Docker,
  names: Names,
  compose: ComposeCommand,
  guard: BuildGuard,
  socket: string,
  build: ServicesBuild,
  onLine: (line: string) => void,
  signal: AbortSignal,
): Promise<Record<string, string>> {
  const { app, version } = build;
  const definition = buildDefinition(names, app, version, build.definition);
  const services = Object.keys(definition["services"] ?? {}).sort();
  if (services.length === 0) {
    return {};
  }
  await guard.guarded(onLine, signal, (bounds) =>
    bounds.capped(() =>
      followCliBuild(
        (hear) =>
          compose.run({
            ...engineRun(socket, ["--progress=plain", "build", ...services], definition),
            ...hear,
            timeoutMs: guard.timeoutMs,
            signal: bounds.signal,
          }),
        // People know their repository, and not where its trees are.
        (line) => line.replaceAll(`${build.tree.folder}/`, ""),
        onLine,
        bounds.signal,
      ),
    ),
  );
  const ids = services.map(async (service) => {
    const image = docker.getImage(names.serviceImage(app, service, version));
    return [service, (await image.inspect()).Id] as const;
  });
  return Object.fromEntries(await Promise.all(ids));
}

/**
 * Arguments and surroundings of a docker compose that talks to the engine: the definition comes on standard input, and no
 * `.env` that may lie around has a say.
 */
export function engineRun(
  socket: string,
  args: readonly string[],
  definition: unknown,
): Pick<ComposeRun, "args" | "cwd" | "env" | "input"> {
  return {
    args: ["--project-directory", "/", "--env-file", "/dev/null", "-f", "-", ...args],
    cwd: "/",
    env: {
      PATH: systemPath,
      HOME: homedir(),
      DOCKER_HOST: `unix://${socket}`,
      BUILDX_BUILDER: "default",
      COMPOSE_IGNORE_ORPHANS: "true",
      ...noGit,
    },
    input: JSON.stringify(definition),
  };
}
