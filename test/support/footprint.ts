import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { exec } from "./exec.ts";
import type { TestHost } from "./test-host.ts";

/** What a host takes of its machine. Sizes in KiB. */
export interface Footprint {
  readonly containers: number;
  /** Those that only hold addresses: how many there are depends on how much was deployed just before. */
  readonly namespaces: number;
  readonly networks: number;
  readonly volumes: number;
  readonly images: number;
  /** Sum of what its images say they are large; what they share is counted for each. */
  readonly imageSizes: number;
  readonly database: number;
  readonly nginx: number;
  readonly logs: number;
  readonly builds: number;
  readonly trees: number;
  readonly repositories: number;
  readonly resident: number;
  /** Open files of the daemon. */
  readonly openFiles: number;
}

export async function footprintOf(host: TestHost): Promise<Footprint> {
  const [roles, networks, volumes] = await Promise.all([
    linesOf(host, ["ps", "-a", "--format", 'role {{.Label "goku.role"}}']),
    countOf(host, "network", "ls", "-q"),
    countOf(host, "volume", "ls", "-q"),
  ]);
  const images = await imagesOf(host);
  const sizes = await Promise.all(
    ["nginx", "logs", "builds", "trees", "repositories"].map((name) => sizeOf(host, name)),
  );
  const database = await Promise.all(
    ["goku.db", "goku.db-wal", "goku.db-shm"].map((name) => sizeOf(host, name)),
  );
  const [nginx = 0, logs = 0, builds = 0, trees = 0, repositories = 0] = sizes;
  const namespaces = roles.filter((role) => role === "role namespace").length;
  return {
    containers: roles.length - namespaces,
    namespaces,
    networks,
    volumes,
    images: images.length,
    imageSizes: Math.round(images.reduce((sum, size) => sum + size, 0) / 1024),
    database: database.reduce((sum, size) => sum + size, 0),
    nginx,
    logs,
    builds,
    trees,
    repositories,
    resident: await residentOf(host),
    openFiles: await openFilesOf(host),
  };
}

async function countOf(host: TestHost, ...list: readonly string[]): Promise<number> {
  return (await linesOf(host, list)).length;
}

async function linesOf(host: TestHost, list: readonly string[]): Promise<string[]> {
  const ours = ["--filter", `label=goku.instance=${host.instance}`];
  const { stdout } = await host.must(exec("docker", [...list, ...ours]));
  return stdout.split("\n").filter((line) => line !== "");
}

/** Bytes of each image that carries the host's label, with or without a name. */
async function imagesOf(host: TestHost): Promise<number[]> {
  const ids = [...new Set(await linesOf(host, ["images", "-aq", "--no-trunc"]))];
  if (ids.length === 0) {
    return [];
  }
  // One that is removed at this moment is told on stderr, and is none any more.
  const inspected = await exec("docker", ["inspect", "--format", "{{.Size}}", ...ids]);
  return inspected.stdout
    .split("\n")
    .filter((line) => line !== "")
    .map(Number);
}

/** What a folder or file of the data folder takes on the disk; 0 where it is not there. */
async function sizeOf(host: TestHost, name: string): Promise<number> {
  const { stdout } = await exec("du", ["-sk", join(host.data, name)]);
  return Number.parseInt(stdout || "0", 10);
}

async function residentOf(host: TestHost): Promise<number> {
  const status = await readFile(`/proc/${host.pid}/status`, "utf8");
  return Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1]);
}

async function openFilesOf(host: TestHost): Promise<number> {
  const { stdout } = await exec("ls", [`/proc/${host.pid}/fd`]);
  return stdout.split("\n").filter((line) => line !== "").length;
}
