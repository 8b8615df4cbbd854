import type Docker from "dockerode";
import { buildFailed } from "../../errors.ts";
import type { Build } from "../../ports.ts";
import type { Log } from "../../system/log.ts";
import { hasImage, pullImage } from "../image/images.ts";
import type { Names } from "../names.ts";
import { buildByApi } from "./build-api.ts";
import { buildByCli } from "./build-cli.ts";
import { type CgroupSetup, createBuildCaps } from "./caps/build-caps.ts";
import { checkDisk, watchDisk } from "./disk.ts";

export interface BuildSettings {
  readonly cpus: number;
  /** Bytes. */
  readonly memory: number;
  /** Bytes that must be free for a build to begin. */
  readonly diskFloor: number;
  readonly timeoutMs: number;
}

type OnLine = (line: string) => void;

/** Builds images, within time, disk, CPU and memory. */
export function createBuilder(
  docker: Docker,
  names: Names,
  settings: BuildSettings,
  socket: string,
  dockerConfig: string,
  log: Log,
) {
  const caps = createBuildCaps({ cpus: settings.cpus, memoryBytes: settings.memory }, log);
  let engine: Promise<EngineSetup> | null = null;

  /** Asked once, and again after a failure. */
  function engineSetup(): Promise<EngineSetup> {
    engine ??= readSetup(docker).catch((error: unknown) => {
      engine = null;
      throw error;
    });
    return engine;
  }

  /** Says in the log when builds cannot be capped. */
  async function start(): Promise<void> {
    const problem = await caps.apply((await engineSetup()).cgroups);
    if (problem !== null) {
      log.warn({ problem }, "builds may use the whole machine: they cannot be capped here");
    }
  }

  async function buildImage(request: Build, onLine: OnLine, signal: AbortSignal): Promise<string> {
    signal.throwIfAborted();
    const { root, cgroups } = await engineSetup();
    await checkDisk(root, settings.diskFloor, log);
    const stop = new AbortController();
    const timer = setTimeout(() => stop.abort(tookTooLong(settings.timeoutMs)), settings.timeoutMs);
    const ending = AbortSignal.any([signal, stop.signal]);
    watchDisk(root, settings.diskFloor, (reason) => stop.abort(reason), ending).catch(
      (error: unknown) => log.warn({ err: error }, "cannot watch Docker's disk"),
    );
    try {
      const byApi = await fetchBaseImages(request, onLine, ending);
      return await caps.during(cgroups, onLine, () =>
        buildTree(request, byApi, onLine, ending, (reason) => stop.abort(reason)),
      );
    } finally {
      clearTimeout(timer);
      stop.abort();
    }
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
    signal: AbortSignal,
    stop: (reason: unknown) => void,
  ): Promise<string> {
    const tree = build.tree();
    tree.on("error", stop);
    try {
      if (byApi) {
        return await buildByApi(docker, names, build, tree, onLine, signal);
      }
      // The build's own timeout ends it; the command's is there for the CLI alone.
      await buildByCli(names, build, tree, socket, settings.timeoutMs, onLine, signal);
      return (await docker.getImage(names.image(build.app, build.version)).inspect()).Id;
    } finally {
      tree.destroy();
    }
  }

  return { start, buildImage };
}

interface EngineSetup {
  /** Docker's data root. */
  readonly root: string;
  readonly cgroups: CgroupSetup;
}

async function readSetup(docker: Docker): Promise<EngineSetup> {
  const found: { DockerRootDir: string; CgroupDriver: string; CgroupVersion?: string } =
    await docker.info();
  return {
    root: found.DockerRootDir,
    cgroups: { driver: found.CgroupDriver, version: found.CgroupVersion === "2" ? 2 : 1 },
  };
}

function tookTooLong(timeoutMs: number): Error {
  const minutes = timeoutMs / 60_000;
  const time = minutes >= 1 ? `${Number(minutes.toFixed(1))} min` : `${timeoutMs / 1000} s`;
  return buildFailed(
    `The build was stopped because it took longer than ${time}.`,
    [],
    "Make it shorter, or allow builds more time: GOKU_BUILD_TIMEOUT",
  );
}
