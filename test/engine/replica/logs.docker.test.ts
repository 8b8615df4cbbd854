import { afterAll, beforeAll, expect, it } from "vitest";
import type { LogOptions } from "../../../src/ports.ts";
import { docker, imageOf, never, specOf, testInstance } from "../support.ts";

const test = await testInstance();
const engine = test.connect();
const all: LogOptions = { follow: false, tail: null, since: null };

beforeAll(() => engine.start());
afterAll(() => test.destroy());

async function replicaThat(command: string): Promise<string> {
  const image = await imageOf(engine, [`CMD ${JSON.stringify(["sh", "-c", command])}`]);
  return (await engine.startReplica(specOf({ image }), never)).id;
}

async function read(id: string, options: Partial<LogOptions> = {}): Promise<string[]> {
  const lines: string[] = [];
  for await (const line of engine.logs(id, { ...all, ...options })) {
    lines.push(line);
  }
  return lines;
}

it("follows to the end, both outputs, a last line without an end too", async () => {
  const id = await replicaThat(
    "for i in 1 2 3; do echo line $i; sleep 0.05; done; printf last >&2",
  );
  expect(await read(id, { follow: true })).toEqual(["line 1", "line 2", "line 3", "last"]);
  expect(await read(id, { tail: 2 })).toEqual(["line 3", "last"]);
  await engine.removeReplica(id);
});

/** A millisecond after the first line was written, by Docker's own stamp. */
async function momentAfter(id: string): Promise<string> {
  const log = await docker.getContainer(id).logs({ stdout: true, timestamps: true });
  const [, stamp = ""] = /(\d{4}-\S+Z) before/.exec(log.toString()) ?? [];
  return new Date(Date.parse(stamp) + 1).toISOString();
}

it("begins at a moment", async () => {
  const id = await replicaThat("echo before; read _ < /dev/null; sleep 0.5; echo after; sleep 600");
  const lines: string[] = [];
  const stop = new AbortController();
  let middle = "";
  for await (const line of engine.logs(id, { ...all, follow: true, signal: stop.signal })) {
    lines.push(line);
    if (line === "before") {
      middle = await momentAfter(id);
    } else {
      stop.abort();
    }
  }
  expect(lines).toEqual(["before", "after"]);
  expect(await read(id, { since: middle })).toEqual(["after"]);
  await engine.removeReplica(id);
});

it("keeps long lines and text whole", async () => {
  const id = await replicaThat("head -c 40000 /dev/zero | tr '\\0' x; echo; printf 'é🚀\\r\\n'");
  expect(await read(id, { follow: true })).toEqual(["x".repeat(40_000), "é🚀"]);
  await engine.removeReplica(id);
});

it("has no lines of a replica that is gone", async () => {
  expect(await read("0".repeat(64))).toEqual([]);
});

it("ends where the reader has had enough", async () => {
  const id = await replicaThat("while :; do echo more; sleep 0.01; done");
  let count = 0;
  for await (const line of engine.logs(id, { ...all, follow: true })) {
    expect(line).toBe("more");
    count += 1;
    if (count === 3) {
      break;
    }
  }
  expect(count).toBe(3);
  await engine.removeReplica(id);
});

it("has the lines of what writes to a terminal", async () => {
  const container = await docker.createContainer({
    Image: "goku-test/busybox",
    Cmd: ["sh", "-c", "echo hello there; echo é >&2; printf last"],
    Labels: { "goku.instance": test.instance },
    Tty: true,
  });
  await container.start();
  expect(await read(container.id, { follow: true })).toEqual(["hello there", "é", "last"]);
  expect(await read(container.id, { tail: 2 })).toEqual(["é", "last"]);
});

it("says so in one line where the logging driver keeps nothing to be read", async () => {
  const container = await docker.createContainer({
    Image: "goku-test/busybox",
    Cmd: ["sleep", "600"],
    Labels: { "goku.instance": test.instance },
    StopSignal: "SIGKILL",
    HostConfig: { LogConfig: { Type: "none", Config: {} } },
  });
  await container.start();
  const said = ["Docker cannot read this log: the container's logging driver keeps none here."];
  expect(await read(container.id)).toEqual(said);
  // Whoever follows waits for its end, and is not told again and again.
  const following = read(container.id, { follow: true });
  await container.stop();
  expect(await following).toEqual(said);
});
