import type Docker from "dockerode";
import type { Build } from "../../ports.ts";
import { hasImage, pullImage } from "../image/images.ts";
import type { Names } from "../names.ts";
import { buildByApi } from "./build-api.ts";
import { buildByCli } from "./build-cli.ts";
import type { Bounds, BuildGuard } from "./build-guard.ts";

type OnLine = (line: string) => void;

/** Builds images of Dockerfiles. */
export function createBuilder(
  docker: Docker,
  names: Names,
  guard: BuildGuard,
  socket: string,
  dockerConfig: string,
) {
  function buildImage(request: Build, onLine: OnLine, signal: AbortSignal): Promise<string> {
    return guard.guarded(onLine, signal, async (bounds) => {
      const byApi = await fetchBaseImages(request, onLine, bounds.signal);
      return bounds.capped(() => buildTree(request, byApi, onLine, bounds));
    });
  }

  /** False when the docker CLI has to build it: for what needs a session, or a login that a helper keeps. */
  async function fetchBaseImages(
    build: Build,
    onLine: OnLine,
    signal: AbortSignal,
  ): Promise<boolean> {
    if (build.needsCli || Object.keys(build.secrets).length > 0) {
      return false;
    }
    const present = await Promise.all(build.baseImages.map((image) => hasImage(docker, image)));
    for (const image of build.baseImages.filter((_, at) => present[at] === false)) {
      if (!(await pullImage(docker, image, dockerConfig, onLine, signal))) {
        return false;
      }
    }
    return true;
  }

  async function buildTree(
    build: Build,
    byApi: boolean,
    onLine: OnLine,
    { signal, stop }: Bounds,
  ): Promise<string> {
    const tree = build.tree();
    tree.on("error", stop);
    try {
      if (byApi) {
        return await buildByApi(docker, names, build, tree, onLine, signal);
      }
      // The build's own timeout ends it; the command's is there for the CLI alone.
      await buildByCli(names, build, tree, socket, guard.timeoutMs, onLine, signal);
      return (await docker.getImage(names.image(build.app, build.version)).inspect()).Id;
    } finally {
      tree.destroy();
    }
  }

  return { buildImage };
}
