import { mkdtemp, rm } from "node:fs/promises";
import { connect, createServer, type Server, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { EngineEvent } from "../../src/ports.ts";
import { waitFor } from "../../src/system/wait.ts";
import { projectsOf } from "./compose/projects.ts";
import { servicesOf, wantedOf } from "./compose/support.ts";
import { busyboxId, docker, imageOf, never, specOf, testInstance } from "./support.ts";

const test = await testInstance();
const engine = test.connect();
let folder = "";
let web = "";

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "goku-watch-"));
  await engine.start();
  web = await imageOf(engine, [
    "HEALTHCHECK --interval=1s CMD true",
    'CMD ["httpd", "-f", "-p", "80"]',
  ]);
});

afterAll(async () => {
  await test.destroy();
  await rm(folder, { recursive: true });
});

/** Collects what an engine tells, until `stop`. */
function listen(listened = engine) {
  const stop = new AbortController();
  const events: EngineEvent[] = [];
  const done = (async () => {
    for await (const event of listened.watch(stop.signal)) {
      events.push(event);
    }
  })();
  return {
    events,
    seen: (wanted: Partial<EngineEvent>) =>
      expect
        .poll(() => events, { timeout: 60_000 })
        .toContainEqual(expect.objectContaining(wanted)),
    async stop() {
      stop.abort();
      await done;
    },
  };
}

it("tells of replicas that start, die and go, and of nothing else", async () => {
  const listener = listen();
  // The stream has begun when the first event comes.
  const first = await engine.startReplica(specOf({ image: web }), never);
  const replica = await waitFor(
    async () => {
      const next = await engine.startReplica(specOf({ image: web, version: 2 }), never);
      if (listener.events.length > 0) {
        return next;
      }
      await engine.removeReplica(next.id);
      return null;
    },
    { timeoutMs: 60_000 },
  );
  const id = replica?.id ?? "";

  await docker.getContainer(id).kill();
  await listener.seen({ kind: "died", app: "web-main", replica: id });
  await engine.restartReplica(id);
  await listener.seen({ kind: "started", app: "web-main", replica: id });
  const one = await docker.getContainer(first.id).exec({ Cmd: ["true"], AttachStdout: true });
  await one.start({});
  await docker.getContainer(id).remove({ force: true });
  await listener.seen({ kind: "removed", app: "web-main", replica: id });

  await engine.removeReplica(first.id);
  await listener.seen({ kind: "removed", app: "web-main", replica: first.id });
  const isDeath = (event: EngineEvent) => event.kind === "died" && event.replica === id;
  const kinds = listener.events.slice(listener.events.findIndex(isDeath)).map(({ kind }) => kind);
  expect(kinds).toEqual(["died", "started", "died", "removed", "died", "removed"]);
  await listener.stop();
});

describe("services", () => {
  it("are told of when they start, die and go, routed or not", async () => {
    const app = "events-main";
    const { create, removeAll } = projectsOf(test, engine);
    const sleeper = { command: ["sleep", "600"], stop_signal: "SIGKILL" };
    const listener = listen();
    const { containers } = await create(
      servicesOf(
        await busyboxId(),
        { web: sleeper, db: sleeper },
        { app, wanted: [wantedOf("web", { routed: true }), wantedOf("db")] },
      ),
    );
    const told = (kind: string, id: string) =>
      expect
        .poll(() => listener.events, { timeout: 60_000 })
        .toContainEqual({ kind, app, replica: id });
    for (const { id } of containers) {
      // The stream has begun when its first event comes.
      await waitFor(
        async () => {
          await engine.restartReplica(id);
          if (listener.events.some((event) => "replica" in event && event.replica === id)) {
            return true;
          }
          await engine.stopReplica(id, 0);
          return null;
        },
        { timeoutMs: 60_000 },
      );
      await docker.getContainer(id).kill();
      await told("died", id);
      await engine.removeReplica(id);
      await told("removed", id);
    }
    await listener.stop();
    await removeAll(app);
  });
});

/** A socket in front of Docker's that can be gone and come back, as Docker's is when it is restarted. */
function createFront(path: string) {
  let server: Server | null = null;
  const sockets = new Set<Socket>();
  return {
    async open(): Promise<void> {
      const opened = createServer((client) => {
        const upstream = connect("/var/run/docker.sock");
        for (const socket of [client, upstream]) {
          sockets.add(socket);
          socket.on("error", () => undefined);
          socket.on("close", () => {
            client.destroy();
            upstream.destroy();
          });
        }
        client.pipe(upstream).pipe(client);
      });
      server = opened;
      await new Promise<void>((done) => {
        opened.listen(path, done);
      });
    },
    async close(): Promise<void> {
      sockets.forEach((socket) => socket.destroy());
      await new Promise((done) => {
        server?.close(done);
      });
    },
  };
}

it("goes on when Docker comes back, and says so", async () => {
  const dockerSocket = join(folder, "docker.sock");
  const front = createFront(dockerSocket);
  await front.open();
  const far = test.connect({ dockerSocket, pool: 0 });
  const listener = listen(far);
  const first = await engine.startReplica(specOf({ image: web }), never);
  await waitFor(
    async () => {
      await engine.restartReplica(first.id);
      await engine.stopReplica(first.id, 0);
      return listener.events.length > 0 || null;
    },
    { timeoutMs: 60_000 },
  );
  expect(listener.events).not.toContainEqual({ kind: "engine" });

  await front.close();
  await expect(far.listReplicas()).rejects.toMatchObject({ code: "unavailable" });
  await front.open();
  await listener.seen({ kind: "engine" });
  listener.events.length = 0;
  await engine.removeReplica(first.id);
  await listener.seen({ kind: "removed", replica: first.id });
  await listener.stop();
  await front.close();
});
