import { randomBytes } from "node:crypto";
import { Readable } from "node:stream";
import Docker from "dockerode";
import { pack } from "tar-stream";
import { createEngine, type EngineOptions } from "../../src/engine/engine.ts";
import type { Build, ReplicaSpec } from "../../src/ports.ts";
import type { Lease, Leases } from "../../src/store-ports.ts";
import { waitFor } from "../../src/system/wait.ts";
import { freeSubnet } from "../support/free-subnet.ts";
import { silentLog } from "../support/silent-log.ts";

export const docker = new Docker({ socketPath: "/var/run/docker.sock" });

/** Leases as the store keeps them, for as long as the test lasts. */
function memoryLeases(): Leases {
  const held = new Map<string, Lease>();
  return {
    lease(candidates, holder) {
      for (const address of candidates) {
        if (!held.has(address)) {
          held.set(address, { address, holder, app: null });
          return address;
        }
      }
      return null;
    },
    settle(address, app) {
      const lease = held.get(address);
      if (lease !== undefined) {
        held.set(address, { ...lease, app });
      }
    },
    release: (address) => void held.delete(address),
    all: () => [...held.values()],
  };
}

export type TestEngine = ReturnType<typeof createEngine>;

/** An instance of its own in the machine's Docker, whose every trace `destroy` takes away. */
export async function testInstance(more: Partial<EngineOptions> = {}) {
  const instance = more.instance ?? `gkt-${randomBytes(4).toString("hex")}`;
  const leases = more.leases ?? memoryLeases();
  const options: EngineOptions = {
    instance,
    subnet: more.subnet ?? (await freeSubnet()),
    leases,
    log: silentLog(),
    registry: null,
    build: { cpus: 2, memory: 2 ** 30, diskFloor: 0, cache: 2 ** 40, timeoutMs: 60_000 },
    stopMs: 2_000,
    dockerConfig: "/nonexistent/config.json",
    // Tests count containers.
    reused: 0,
    ...more,
  };
  const engines: TestEngine[] = [];
  return {
    instance,
    leases,
    options,
    /** Another engine of the instance, as after a restart of Goku. */
    connect(change: Partial<EngineOptions> = {}): TestEngine {
      const engine = createEngine({ ...options, ...change });
      engines.push(engine);
      return engine;
    },
    /** All containers of the instance, by name. */
    async containers(role?: string): Promise<Docker.ContainerInfo[]> {
      const label = [`goku.instance=${instance}`];
      return docker.listContainers({
        all: true,
        filters: { label: role === undefined ? label : [...label, `goku.role=${role}`] },
      });
    },
    async destroy(): Promise<void> {
      await Promise.all(engines.map((engine) => engine.close()));
      const filters = { label: [`goku.instance=${instance}`] };
      for (const { Id } of await docker.listContainers({ all: true, filters })) {
        await docker.getContainer(Id).remove({ force: true, v: true });
      }
      for (const { Id } of await docker.listNetworks({ filters })) {
        await docker.getNetwork(Id).remove();
      }
      for (const { Id } of await docker.listImages({ filters })) {
        await docker.getImage(Id).remove({ force: true });
      }
      const { Volumes } = await docker.listVolumes({ filters: JSON.stringify(filters) });
      for (const { Name } of Volumes ?? []) {
        await docker.getVolume(Name).remove();
      }
    },
  };
}

export type TestInstance = Awaited<ReturnType<typeof testInstance>>;

/** The image of the tests' own, which test/setup.sh makes. */
export async function busyboxId(): Promise<string> {
  return (await docker.getImage("goku-test/busybox").inspect()).Id;
}

/** What a replica needs to run; tests say what matters to them. */
export function specOf(change: Partial<ReplicaSpec> & Pick<ReplicaSpec, "image">): ReplicaSpec {
  return {
    app: "web-main",
    version: 1,
    origin: "v1",
    index: 1,
    env: {},
    hostname: "",
    memoryLimit: null,
    mounts: [],
    volumes: [],
    published: [],
    links: [],
    volumesFrom: null,
    addName: false,
    ...change,
  };
}

export type Files = Readonly<Record<string, string>>;

export function tarOf(files: Files): Readable {
  const tar = pack();
  for (const [name, text] of Object.entries(files)) {
    tar.entry({ name, mtime: new Date(1_700_000_000_000) }, text);
  }
  tar.finalize();
  return Readable.from(tar, { objectMode: false });
}

export function buildOf(files: Files, change: Partial<Build> = {}): Build {
  return {
    app: "web-main",
    version: 1,
    tree: () => tarOf(files),
    dockerfile: "Dockerfile",
    ignore: files[".dockerignore"] ?? null,
    baseImages: ["goku-test/busybox"],
    needsCli: false,
    args: {},
    secrets: {},
    ...change,
  };
}

export const never = new AbortController().signal;

/** An image that does one thing. */
export async function imageOf(
  engine: TestEngine,
  lines: string[],
  app = "web-main",
): Promise<string> {
  const Dockerfile = ["FROM goku-test/busybox", ...lines].join("\n");
  return engine.buildImage(buildOf({ Dockerfile }, { app }), () => undefined, never);
}

/** What a replica answers once it does. */
export async function pageOf(address: string | null): Promise<string> {
  const look = async () => {
    try {
      const answer = await fetch(`http://${address}/`, { signal: AbortSignal.timeout(2_000) });
      return await answer.text();
    } catch {
      return null;
    }
  };
  return (await waitFor(look, { timeoutMs: 60_000 })) ?? "no answer";
}
