import { Readable } from "node:stream";
import { afterAll, beforeAll, expect, it } from "vitest";
import type { DefinitionPart } from "../../../src/service.ts";
import { waitFor } from "../../../src/system/wait.ts";
import { collector } from "../../support/collector.ts";
import { freePort } from "../../support/free-port.ts";
import { busyboxId, docker, never, testInstance } from "../support.ts";
import { definitionOf } from "./support.ts";

const test = await testInstance();
const engine = test.connect();
const { composer } = engine;
const app = "shop-main";
let image = "";

beforeAll(async () => {
  await engine.start();
  image = await busyboxId();
});
afterAll(() => test.destroy());

function definition(part: DefinitionPart = {}) {
  return definitionOf({
    services: {
      web: { networks: { default: { aliases: ["front"] } }, ...part },
      db: { networks: { default: null } },
    },
    networks: { default: {}, back: {} },
    volumes: { data: {}, unused: {} },
  });
}

async function run(
  command: readonly string[],
  stdin: Readable | null = null,
  part: DefinitionPart = {},
  signal = never,
) {
  const [stdout, stderr] = [collector(), collector()];
  const status = await composer.run(
    {
      app,
      version: 4,
      origin: "v4",
      definition: definition(part),
      images: { web: image, db: image },
    },
    "web",
    command,
    { stdin, stdout: stdout.stream, stderr: stderr.stream },
    signal,
  );
  return { status, stdout: stdout.bytes(), stderr: stderr.text() };
}

async function expectNothingLeft(): Promise<void> {
  const filters = { label: [`goku.instance=${test.instance}`, `goku.app=${app}`] };
  expect(await test.containers("run")).toEqual([]);
  expect(await docker.listNetworks({ filters })).toEqual([]);
}

it("passes output, errors and the exit status on", async () => {
  const result = await run(["sh", "-c", 'echo "out $A"; echo err >&2; exit 7'], null, {
    environment: { A: "1 $$2" },
  });
  expect(result).toMatchObject({ status: 7, stderr: "err\n" });
  expect(result.stdout.toString()).toBe("out 1 $2\n");
  await expectNothingLeft();
});

it("passes an input on to its end, byte for byte", async () => {
  const bytes = Buffer.from(Array.from({ length: 1_000_000 }, (_, at) => (at * 7) % 256));
  const { status, stdout } = await run(["cat"], Readable.from([bytes]));
  expect(status).toBe(0);
  expect(stdout.equals(bytes)).toBe(true);
});

it("has what the service has: entrypoint, networks, mounts, host name; but no port and no alias", async () => {
  const port = `${await freePort()}`;
  const part = {
    entrypoint: [
      "sh",
      "-c",
      'echo "entry $$0 $$@"; hostname; ls /data; pwd; ip -o -4 addr | wc -l',
    ],
    hostname: "shop",
    working_dir: "/tmp",
    ports: [{ mode: "host", target: 80, published: port, protocol: "tcp" }],
    networks: { default: { aliases: ["front"] }, back: null },
    volumes: [{ type: "volume", source: "data", target: "/data" }],
    deploy: { replicas: 3 },
    container_name: "somebody",
  };
  const taken = await docker.createContainer({
    Image: image,
    Cmd: ["sleep", "600"],
    Labels: { "goku.instance": test.instance },
    HostConfig: { PortBindings: { "80/tcp": [{ HostPort: port }] } },
  });
  await taken.start();
  const { status, stdout } = await run(["a", "b"], null, part);
  expect(status).toBe(0);
  // lo and two networks
  expect(stdout.toString()).toBe("entry a b\nshop\n/tmp\n3\n");
  await taken.remove({ force: true });
  await expectNothingLeft();
});

/** Mounts the volume `data` in a service that has no container of its own. */
const withData: DefinitionPart = {
  deploy: { replicas: 0 },
  volumes: [{ type: "volume", source: "data", target: "/data" }],
};

it("leaves what it wrote to a volume, which nothing had made before", async () => {
  expect((await run(["sh", "-c", "echo kept > /data/a; exit 3"], null, withData)).status).toBe(3);
  const { stdout } = await run(["sh", "-c", "cat /data/a; rm /data/a"], null, withData);
  expect(stdout.toString()).toBe("kept\n");
  await expectNothingLeft();
});

it("leaves no volume that it made where its container cannot be made", async () => {
  const part = {
    volumes: [{ type: "volume", source: "unused", target: "/data" }],
    // Too little for Docker to make a container.
    mem_limit: "1m",
  };
  await expect(run(["true"], null, part)).rejects.toThrow();
  const names = (await composer.listVolumes(app)).map(({ name }) => name);
  expect(names.join()).not.toContain("unused");
  await expectNothingLeft();
});

it("runs once, whatever the file says about restarts", async () => {
  const part = { ...withData, deploy: { restart_policy: { condition: "any" } } };
  // The first time alone it ends with status 0.
  const script = "echo ran >> /data/runs; [ $(wc -l < /data/runs) = 1 ]";
  expect((await run(["sh", "-c", script], null, part)).status).toBe(0);
  const { stdout } = await run(["sh", "-c", "cat /data/runs; rm /data/runs"], null, withData);
  expect(stdout.toString()).toBe("ran\n");
});

it("is no service and no replica, and nobody takes it for one", async () => {
  const stop = new AbortController();
  const running = run(["sleep", "600"], null, {}, stop.signal);
  running.catch(() => undefined);
  await waitFor(
    async () => (await test.containers("run")).some(({ State }) => State === "running") || null,
    { timeoutMs: 60_000 },
  );
  expect(await composer.listServices()).toEqual([]);
  expect(await engine.listReplicas()).toEqual([]);
  // The engine that runs it leaves it alone.
  await engine.start();
  expect(await test.containers("run")).toHaveLength(1);
  stop.abort(new Error("hung up"));
  await expect(running).rejects.toThrow("hung up");
  await expectNothingLeft();
});

it("leaves none behind that a killed Goku had started", async () => {
  const running = run(["sleep", "600"]);
  running.catch(() => undefined);
  await waitFor(
    async () => (await test.containers("run")).some(({ State }) => State === "running") || null,
    { timeoutMs: 60_000 },
  );
  await test.connect({ pool: 0 }).start();
  expect(await test.containers("run")).toEqual([]);
  await running.catch(() => undefined);
});

it("says when the command is not there, and ends as a shell does", async () => {
  const ended = await run(["nosuch"]);
  expect(ended.status).toBe(127);
  expect(ended.stderr).toMatch(/^The command cannot be run: "nosuch": executable file not found/);
  await expectNothingLeft();
});
