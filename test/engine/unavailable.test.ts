import { PassThrough } from "node:stream";
import { expect, it } from "vitest";
import { buildOf, never, specOf, testInstance } from "./support.ts";

const test = await testInstance({
  dockerSocket: "/nonexistent/docker.sock",
  registry: "127.0.0.1:1",
});
const engine = test.connect();
const spec = specOf({ image: "sha256:0" });
const quiet = () => undefined;
const id = "0".repeat(64);

async function readAll(lines: AsyncIterable<string>): Promise<void> {
  for await (const _ of lines) {
    // Nothing is expected to come.
  }
}

it.each<[string, () => Promise<unknown>]>([
  ["ping", () => engine.ping()],
  ["start", () => engine.start()],
  ["buildImage", () => engine.buildImage(buildOf({}), quiet, never)],
  ["hasImage", () => engine.hasImage(id)],
  ["pushImage", () => engine.pushImage(id, "web-main:v1", quiet, never)],
  ["pruneImages", () => engine.pruneImages("web-main", [])],
  ["startReplica", () => engine.startReplica(spec, never)],
  ["keepReplica", () => engine.keepReplica(id)],
  ["listReplicas", () => engine.listReplicas()],
  ["inspectReplica", () => engine.inspectReplica(id)],
  ["restartReplica", () => engine.restartReplica(id)],
  ["stopReplica", () => engine.stopReplica(id, 0)],
  ["removeReplica", () => engine.removeReplica(id)],
  ["runHealthcheck", () => engine.runHealthcheck(id, 1_000)],
  ["logs", () => readAll(engine.logs(id, { follow: false, tail: null, since: null }))],
  [
    "run",
    () =>
      engine.run(
        spec,
        [],
        { stdin: null, stdout: new PassThrough(), stderr: new PassThrough() },
        never,
      ),
  ],
  ["removeVolumes", () => engine.removeVolumes("web-main")],
])("says that Docker does not answer: %s", async (_, call) => {
  await expect(call()).rejects.toMatchObject({
    code: "unavailable",
    message: expect.stringContaining("Docker does not answer"),
  });
});

it("ends a watch that has nothing to watch", async () => {
  const stop = new AbortController();
  const events = engine.watch(stop.signal)[Symbol.asyncIterator]();
  const next = events.next();
  stop.abort();
  expect((await next).done).toBe(true);
  await engine.close();
});
