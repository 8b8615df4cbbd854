import { chmod, mkdir, readFile, rename, rm, stat, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { exec } from "../exec.ts";
import type { TestHost } from "../test-host.ts";
import {
  dataVariable,
  folderVariable,
  goOnFile,
  type Plan,
  planFile,
  type Point,
  pointsFile,
  reachedFile,
} from "./point.ts";

const root = resolve(import.meta.dirname, "../../..");

/** A host whose daemon can be told to die at a point. */
export interface Faults {
  /** What the daemon may put aside; empty when nothing goes on. */
  readonly temporary: string;
  /** Milliseconds of the first start, when nothing had happened yet. */
  readonly startMs: number;
  /** Starts the daemon, with points. @returns milliseconds until it was ready */
  serve(): Promise<number>;
  /** Every point that the daemon passes until `work` is over. */
  record(work: () => Promise<void>): Promise<Point[]>;
  /** The daemon dies at this point, or stands still, the first time it comes there from now on. */
  arm(point: Point, how?: "die" | "wait"): Promise<void>;
  /** What stands still goes on. */
  disarm(): Promise<void>;
  /** True once it has come to the point. */
  isThere(): Promise<boolean>;
}

/** Ends the host's daemon and starts it again with points around all it does outside of itself. */
export async function faultsOf(host: TestHost): Promise<Faults> {
  const folder = join(host.folder, "faults");
  const temporary = join(host.folder, "tmp");
  await mkdir(folder, { recursive: true });
  await mkdir(temporary, { recursive: true });
  await chmod(temporary, 0o1777);
  const preload = await compile(join(host.folder, "preload"));
  const lay = async (plan: Plan) => {
    await rm(join(folder, reachedFile), { force: true });
    await rm(join(folder, goOnFile), { force: true });
    const draft = join(folder, "draft");
    await writeFile(draft, JSON.stringify(plan));
    await rename(draft, join(folder, planFile));
  };
  const disarm = async () => {
    await rm(join(folder, planFile), { force: true });
    await writeFile(join(folder, goOnFile), "");
  };
  const serve = async () => {
    const began = performance.now();
    await host.serve({
      NODE_OPTIONS: `--import=${pathToFileURL(preload).href}`,
      TMPDIR: temporary,
      [folderVariable]: folder,
      [dataVariable]: host.data,
    });
    return performance.now() - began;
  };
  await host.end("SIGKILL");
  return {
    temporary,
    startMs: await serve(),
    serve,
    async record(work) {
      await rm(join(folder, pointsFile), { force: true });
      await lay({ record: true });
      await work();
      await disarm();
      const text = await readFile(join(folder, pointsFile), "utf8").catch(() => "");
      return text
        .split("\n")
        .filter((line) => line !== "")
        .map((line): Point => JSON.parse(line));
    },
    arm: (at, how = "die") => lay({ at, how }),
    disarm,
    isThere: () => isThere(join(folder, reachedFile)),
  };
}

/** Node starts in half the time without a loader for TypeScript, and the daemon is started at every point. */
async function compile(into: string): Promise<string> {
  const options = ["--module", "nodenext", "--target", "es2023", "--types", "node"];
  const source = join(import.meta.dirname, "preload.ts");
  const compiled = await exec(
    join(root, "node_modules/.bin/tsc"),
    ["--ignoreConfig", ...options]
      .concat(["--skipLibCheck", "--rewriteRelativeImportExtensions", "--outDir", into])
      .concat(["--typeRoots", join(root, "node_modules/@types"), source]),
    { cwd: root },
  );
  if (compiled.status !== 0) {
    throw new Error(`the points could not be compiled:\n${compiled.stdout}`);
  }
  await writeFile(join(into, "package.json"), '{"type": "module"}\n');
  return join(into, "preload.js");
}

async function isThere(path: string): Promise<boolean> {
  try {
    await stat(path);
    return true;
  } catch {
    return false;
  }
}
