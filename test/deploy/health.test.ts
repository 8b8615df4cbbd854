import { once } from "node:events";
import { createServer as createHttpServer } from "node:http";
import { createServer, type Server } from "node:net";
import { describe, expect, it, onTestFinished } from "vitest";
import type { HealthCheck } from "../../src/deploy/plan/health-check.ts";
import { awaitHealthy, waiterOf } from "../../src/deploy/story/health.ts";
import { ask } from "../../src/deploy/story/probe.ts";
import { silentReport } from "../../src/deploy/report.ts";
import type { Engine, ReplicaState } from "../../src/ports.ts";
import { deferred } from "../../src/system/deferred.ts";
import { clock } from "../support/clock.ts";
import { freePort } from "../support/free-port.ts";
import { stub } from "../web/stub.ts";
import { replica } from "./test-parts.ts";

const here = { ...replica("blog-main", 3), address: "127.0.0.1" };
const running: ReplicaState = {
  running: true,
  restarting: false,
  exitCode: 0,
  oomKilled: false,
  restarts: 0,
  hasHealthcheck: false,
};

function engineWith(known: Partial<Engine> = {}): Engine {
  return stub<Engine>("engine", {
    inspectReplica: async () => running,
    logs: async function* () {
      yield "its last words";
    },
    ...known,
  });
}

function check(port: number | null, more: Partial<HealthCheck> = {}): HealthCheck {
  return {
    port,
    portFrom: "the first EXPOSE",
    path: null,
    host: "blog.goku.test",
    deadlineMs: 10_000,
    ...more,
  };
}

/** Of what is waited for in vain: a look that has begun by then still has a second. */
const soonOver = { deadlineMs: 100 };

function wait(engine: Engine, what: HealthCheck, signal = new AbortController().signal) {
  return awaitHealthy(engine, here, what, signal, waiterOf(silentReport));
}

async function listen(server: Server, port = 0): Promise<number> {
  server.listen(port, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(() => void server.close());
  const address = server.address();
  return typeof address === "object" && address !== null ? address.port : 0;
}

/** Answers by path: `/500` with that status; tells the hosts it was asked by. */
async function httpServer(): Promise<{ port: number; hosts: (string | undefined)[] }> {
  const hosts: (string | undefined)[] = [];
  const server = createHttpServer((request, response) => {
    hosts.push(request.headers.host);
    response.writeHead(Number(request.url?.slice(1))).end();
  });
  return { port: await listen(server), hosts };
}

/** Takes requests and says nothing. */
async function silentServer() {
  const asked = deferred<void>();
  const server = createHttpServer(() => asked.resolve());
  onTestFinished(() => server.closeAllConnections());
  return { port: await listen(server), asked: asked.promise };
}

describe("who waits", () => {
  const { signal } = new AbortController();

  async function linesOf(what: HealthCheck, everyMs: number, engine = engineWith()) {
    const lines: string[] = [];
    const waiter = { tell: (line: string) => void lines.push(line), everyMs };
    await expect(awaitHealthy(engine, here, what, signal, waiter)).rejects.toThrow();
    return lines;
  }

  it("reads what was seen last and how much time is left, now and then", async () => {
    const [began, everyMs] = [performance.now(), 100];
    const enough = new AbortController();
    const told: { atMs: number; line: string }[] = [];
    const tell = (line: string) => {
      told.push({ atMs: performance.now() - began, line });
      if (told.length === 3) {
        enough.abort();
      }
    };
    const what = check(await freePort(), { deadlineMs: 60_000 });
    const waiting = awaitHealthy(engineWith(), here, what, enough.signal, { tell, everyMs });
    await expect(waiting).rejects.toThrow("aborted");
    for (const [index, { atMs, line }] of told.entries()) {
      expect(atMs).toBeGreaterThanOrEqual((index + 1) * everyMs);
      expect(line).toMatch(
        /^blog-main\.v3\.1 is not healthy yet: port \d+ did not accept a connection \(.*\); (60|5\d) s left$/,
      );
    }
  });

  it("reads nothing where it does not take long", async () => {
    expect(await linesOf(check(await freePort(), soonOver), 10_000)).toEqual([]);
  });

  it("reads one line, however much a HEALTHCHECK says", async () => {
    const engine = engineWith({
      inspectReplica: async () => ({ ...running, hasHealthcheck: true }),
      runHealthcheck: async () => ({ exitCode: 1, output: `${"no ".repeat(200)}\nand no` }),
    });
    const [line = ""] = await linesOf(check(null, soonOver), 0, engine);
    expect(line).toMatch(/its HEALTHCHECK ended with 1: no no .*\.\.\.; 0 s left$/);
    expect(line.length).toBeLessThan(300);
  });
});

describe("a port", () => {
  it("that accepts a connection is well", async () => {
    const port = await listen(createServer((socket) => socket.destroy()));
    await expect(wait(engineWith(), check(port))).resolves.toBeUndefined();
  });

  it("is waited for, and noticed soon", async () => {
    const port = await freePort();
    let looks = 0;
    const engine = engineWith({
      inspectReplica: async () => {
        if (++looks === 3) {
          await listen(createServer(), port);
        }
        return running;
      },
    });
    await expect(wait(engine, check(port))).resolves.toBeUndefined();
    expect(looks).toBe(3);
  });

  it("that never accepts is told, with the last lines of the log", async () => {
    const port = await freePort();
    const [{ pass }, deadlineMs] = [clock(), 20_000];
    const engine = engineWith({
      inspectReplica: async () => {
        pass(deadlineMs);
        return running;
      },
    });
    await expect(wait(engine, check(port, { deadlineMs }))).rejects.toMatchObject({
      code: "unhealthy",
      message: expect.stringMatching(/not healthy within 20 s: port \d+ did not accept.*REFUSED/),
      details: ["its last words"],
      hint: `The app has to listen on 0.0.0.0:${port}; that port is from the first EXPOSE.`,
    });
  });

  it("that does not matter is replaced by having stayed up for a while", async () => {
    const began = performance.now();
    await wait(engineWith(), check(null));
    expect(performance.now() - began).toBeGreaterThan(990);
  });

  it("that does not matter leaves time for a look, however short the deadline", async () => {
    await wait(engineWith(), check(null, { deadlineMs: 200 }));
  });
});

describe("a path", () => {
  it.each(["/200", "/204", "/302", "/399"])("that answers %s is well", async (path) => {
    const { port, hosts } = await httpServer();
    await expect(wait(engineWith(), check(port, { path }))).resolves.toBeUndefined();
    expect(hosts).toEqual(["blog.goku.test"]);
  });

  it.each(["/400", "/404", "/500", "/503"])("that answers %s is told", async (path) => {
    const { port } = await httpServer();
    expect(await ask(here, check(port, { path }), 0)).toMatchObject({
      well: false,
      seen: `${path} on port ${port} answered ${path.slice(1)}`,
    });
  });

  it("that hangs up is told", async () => {
    const port = await listen(createServer((socket) => socket.destroy()));
    expect(await ask(here, check(port, { path: "/200" }), 0)).toMatchObject({
      well: false,
      seen: expect.stringMatching(/\/200 on port \d+ gave no answer/),
    });
  });
});

describe("a HEALTHCHECK", () => {
  const state = { ...running, hasHealthcheck: true };

  it("must pass, and the port accept", async () => {
    const port = await listen(createServer((socket) => socket.destroy()));
    const codes = [1, 1, 0];
    const engine = engineWith({
      inspectReplica: async () => state,
      runHealthcheck: async () => ({ exitCode: codes.shift() ?? 0, output: "" }),
    });
    await wait(engine, check(port));
    expect(codes).toEqual([]);
  });

  it("that fails is told with what it said", async () => {
    const engine = engineWith({
      inspectReplica: async () => state,
      runHealthcheck: async () => ({ exitCode: 7, output: "no database\n" }),
    });
    await expect(wait(engine, check(80, soonOver))).rejects.toThrow(
      "HEALTHCHECK ended with 7: no database",
    );
  });

  it("that says much is told with its first line, and the rest below", async () => {
    const output = "BusyBox v1.37.0.\n\t-l\tAs it is\n";
    const engine = engineWith({
      inspectReplica: async () => state,
      runHealthcheck: async () => ({ exitCode: 1, output }),
    });
    await expect(wait(engine, check(80, soonOver))).rejects.toMatchObject({
      message: expect.stringMatching(/: its HEALTHCHECK ended with 1: BusyBox v1\.37\.0\.$/),
      details: [
        "its HEALTHCHECK ended with 1: BusyBox v1.37.0.",
        "\t-l\tAs it is",
        "its last words",
      ],
    });
  });
});

describe("a replica that is gone", () => {
  it.each([
    ["ended", { ...running, running: false, exitCode: 3 }, "ended with exit status 3"],
    ["came back", { ...running, restarts: 1, exitCode: 1 }, "ended with exit status 1"],
    ["ran out of memory", { ...running, running: false, oomKilled: true }, "used more memory"],
    ["was removed", null, "was removed by somebody else"],
  ])("because it %s is told at once", async (_, state, message) => {
    const engine = engineWith({ inspectReplica: async () => state });
    await expect(wait(engine, check(80))).rejects.toMatchObject({
      message: expect.stringContaining(message),
      details: ["its last words"],
    });
  });

  it("and whose log cannot be read is told all the same", async () => {
    const engine = engineWith({
      inspectReplica: async () => ({ ...running, running: false, exitCode: 1 }),
      logs: () => {
        throw new Error("no log");
      },
    });
    await expect(wait(engine, check(80))).rejects.toMatchObject({
      details: ["(its log could not be read: no log)"],
    });
  });
});

it("nobody waits for any more ends with the reason", async () => {
  const controller = new AbortController();
  const port = await freePort();
  const waiting = wait(engineWith(), check(port), controller.signal);
  controller.abort(new Error("superseded"));
  await expect(waiting).rejects.toThrow("superseded");
});

describe("a Docker that hangs", () => {
  const engine = engineWith({ inspectReplica: () => new Promise(() => undefined) });

  it("does not outlast the deadline", async () => {
    await expect(wait(engine, check(80, soonOver))).rejects.toMatchObject({
      code: "unhealthy",
      message: expect.stringContaining("within 0.1 s: Docker does not tell its state"),
    });
  });

  it("keeps nobody who has been called off", async () => {
    const controller = new AbortController();
    const waiting = wait(engine, check(80), controller.signal);
    controller.abort(new Error("superseded"));
    await expect(waiting).rejects.toThrow("superseded");
  });
});

it("an app that is slow to answer is told apart from a Docker that is", async () => {
  const { port, asked } = await silentServer();
  const waiting = wait(engineWith(), check(port, { path: "/", ...soonOver }));
  await expect(waiting).rejects.toThrow("within 0.1 s: it has not answered yet");
  await asked;
});
