import type Docker from "dockerode";
import { buildFailed } from "../../errors.ts";
import { formatDuration } from "../../system/format-duration.ts";
import type { Log } from "../../system/log.ts";
import { createBuildCache } from "./build-cache.ts";
import { type CgroupSetup, createBuildCaps } from "./caps/build-caps.ts";
import { checkDisk, watchBuildDisk } from "./disk.ts";

export interface BuildSettings {
  readonly cpus: number;
  /** Bytes. */
  readonly memory: number;
  /** Bytes that must be free for a build to begin. */
  readonly diskFloor: number;
  /** Bytes that the builder's cache may keep. */
  readonly cache: number;
  readonly timeoutMs: number;
}

/** What a build gets that is kept within its bounds. */
export interface Bounds {
  /** Aborted when nobody waits any more, the time is over, or the disk is too full. */
  readonly signal: AbortSignal;
  /** Runs the part of it that BuildKit does, within CPU and memory. */
  readonly capped: <T>(build: () => Promise<T>) => Promise<T>;
  /** Ends it for this reason. */
  readonly stop: (reason: unknown) => void;
}

export type BuildGuard = ReturnType<typeof createBuildGuard>;

/** Keeps whatever builds or fetches images within time, disk, CPU and memory. */
export function createBuildGuard(docker: Docker, settings: BuildSettings, log: Log) {
  const caps = createBuildCaps({ cpus: settings.cpus, memoryBytes: settings.memory }, log);
  const cache = createBuildCache(docker, settings.cache, log);
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

  async function guarded<T>(
    onLine: (line: string) => void,
    signal: AbortSignal,
    work: (bounds: Bounds) => Promise<T>,
  ): Promise<T> {
    signal.throwIfAborted();
    const { root, cgroups } = await engineSetup();
    await checkDisk(root, settings.diskFloor, log);
    const stop = new AbortController();
    const timer = setTimeout(() => stop.abort(tookTooLong(settings.timeoutMs)), settings.timeoutMs);
    const ending = AbortSignal.any([signal, stop.signal]);
    watchBuildDisk(root, settings.diskFloor, (reason) => stop.abort(reason), ending).catch(
      (error: unknown) => log.warn({ err: error }, "cannot watch Docker's disk"),
    );
    try {
      return await work({
        signal: ending,
        capped: (build) => caps.during(cgroups, onLine, build),
        stop: (reason) => stop.abort(reason),
      });
    } finally {
      clearTimeout(timer);
      stop.abort();
      cache.trimSoon();
    }
  }

  return { start, guarded, timeoutMs: settings.timeoutMs, close: () => cache.close() };
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
  return buildFailed(
    `The build was stopped because it took longer than ${formatDuration(timeoutMs)}.`,
    [],
    "Make it shorter, or allow builds more time: GOKU_BUILD_TIMEOUT",
  );
}
