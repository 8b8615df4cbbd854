import { once } from "node:events";
import http from "node:http";
import { connect, type Socket } from "node:net";
import { setTimeout as delay } from "node:timers/promises";
import { connect as connectTls } from "node:tls";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  eventually,
  type Host,
  makeCertificate,
  makeHost,
  readAll,
  routeOf,
  startBackend,
} from "./fixture.ts";
import { endOldest } from "../../src/router/nginx/end-oldest.ts";
import { startLoad } from "./load.ts";

let host: Host;

beforeAll(async () => {
  host = await makeHost();
  await host.router.start();
});
afterAll(() => host.end());

const at = (timeoutMs: number) => ({ timeoutMs, awaitLate: true });

const backendSaying = (text: string) => startBackend("127.0.0.2", text);

describe("a switch under load", () => {
  it("loses no request, fresh connections and kept ones, with the old backend gone right after", async () => {
    let current = await backendSaying("v0");
    await host.publish(routeOf("busy-main", [current]));
    const load = startLoad(host.httpPort, "busy-main.example.test", 200);

    for (let version = 1; version <= 5; version++) {
      const next = await backendSaying(`v${version}`);
      await host.router.announce("busy-main");
      const prepared = await host.router.prepare(routeOf("busy-main", [next]));
      await load.more(40);
      await host.router.publish([prepared]);
      const countAtReturn = current.count();

      // What was already under way may still arrive there; what begins from here on may not.
      const answers = await Promise.all(
        Array.from({ length: 10 }, () => host.get("busy-main.example.test")),
      );
      expect(answers.map(({ body }) => body)).toEqual(Array(10).fill(`v${version}`));
      expect(await host.router.drained(current, at(5_000))).toBe(true);
      expect(current.count() - countAtReturn).toBeLessThanOrEqual(load.concurrency);
      await current.close();
      current = next;
    }
    const { sent, failures } = await load.end();
    await current.close();

    expect(failures).toEqual([]);
    expect(sent).toBeGreaterThan(200);
  });

  it("moves ten apps at once with few reloads", async () => {
    const backend = await backendSaying("ten");
    const before = await host.workers();
    const prepared = await Promise.all(
      Array.from({ length: 10 }, (_, index) =>
        host.router.prepare(routeOf(`ten-${index}`, [backend])),
      ),
    );
    const state = async () => Number(/"(\d+)"/.exec(await host.state())?.[1]);
    const generation = await state();

    await Promise.all(prepared.map((route) => host.router.publish([route])));

    expect(await state()).toBe(generation + 1);
    expect((await host.workers()).filter((pid) => before.includes(pid))).toEqual([]);
    expect((await host.get("ten-9.example.test")).body).toBe("ten");
    await backend.close();
  });
});

describe("between announce and publish", () => {
  it("connections are ended in order, so that none is cut by the reload, and kept again afterwards", async () => {
    const backend = await backendSaying("near");
    const connection = async () =>
      (await host.get("near-main.example.test", "/", { connection: "keep-alive" })).headers
        .connection;
    await host.publish(routeOf("near-main", [backend]));
    expect(await connection()).toBe("keep-alive");

    const prepared = await host.router.prepare(routeOf("near-main", [backend]));
    expect(await connection()).toBe("keep-alive");
    await host.router.announce("near-main");
    expect(await connection()).toBe("close");

    await host.router.publish([prepared]);
    expect(await connection()).toBe("keep-alive");

    // What was announced before another switch is announced to the workers after that as well.
    const [one, other] = await Promise.all(
      ["near-main", "nearer-main"].map(async (app) => {
        await host.router.announce(app);
        return host.router.prepare(routeOf(app, [backend]));
      }),
    );
    await host.router.publish([one!]);
    expect(await connection()).toBe("close");
    await host.router.publish([other!]);
    expect(await connection()).toBe("keep-alive");

    // What comes with no word ahead has to wait for it.
    const router = host.restarted();
    await router.start();
    const state = await host.state();
    const removed = router.remove("ten-0");
    await eventually("the announcement", async () => (await connection()) === "close");
    expect(await host.state()).toBe(state);
    await removed;
    expect(await host.state()).not.toBe(state);
    expect(await connection()).toBe("keep-alive");
    await backend.close();
  });
});

describe("when publish returns", () => {
  it("a connection that was made before it, without a request yet, gets the new release", async () => {
    const [old, next] = [await backendSaying("old"), await backendSaying("new")];
    await host.publish(routeOf("early-main", [old]));
    const sockets = Array.from({ length: 4 }, () => connect(host.httpPort, "127.0.0.1"));
    await Promise.all(
      sockets.map((socket) => new Promise((resolve) => socket.once("connect", resolve))),
    );

    await host.publish(routeOf("early-main", [next]));
    const answers = await Promise.all(
      sockets.map((socket) => {
        socket.write(
          "GET / HTTP/1.1\r\nHost: early-main.example.test\r\nConnection: close\r\n\r\n",
        );
        return readAll(socket);
      }),
    );
    await old.close();
    await next.close();

    expect(answers.map((answer) => answer.split("\r\n\r\n")[1])).toEqual(Array(4).fill("new"));
    expect(old.count()).toBe(0);
  });

  it("it has said that the new release answers, once, before", async () => {
    const backend = await backendSaying("told");
    const prepared = await host.router.prepare(routeOf("told-main", [backend]));
    const happened: string[] = [];

    await host.router.publish([prepared], () => happened.push("serving"));
    happened.push("published");

    expect(happened).toEqual(["serving", "published"]);
    await backend.close();
  });
});

describe("what the old release has begun", () => {
  it("is finished: a slow download and a websocket", async () => {
    let finish: () => void = () => undefined;
    const old = await startBackend("127.0.0.2", (_request, response) => {
      response.write("begun, ");
      finish = () => response.end("finished");
    });
    old.server.on("upgrade", (_request, socket: Socket) => {
      socket.write("HTTP/1.1 101 Switching\r\nUpgrade: websocket\r\nConnection: upgrade\r\n\r\n");
      socket.pipe(socket);
    });
    const next = await backendSaying("new");
    await host.publish(routeOf("slow-main", [old]));

    const websocket = connect(host.httpPort, "127.0.0.1");
    let echoed = "";
    websocket.setEncoding("utf8").on("data", (text: string) => (echoed += text));
    websocket.write(
      "GET / HTTP/1.1\r\nHost: slow-main.example.test\r\nConnection: upgrade\r\nUpgrade: websocket\r\n\r\n",
    );
    await eventually("the switch of protocols", () => echoed.includes("101"));
    const download = host.get("slow-main.example.test");
    await eventually("the download", () => old.count() === 1);

    await host.publish(routeOf("slow-main", [next]));
    expect(await host.router.drained(old, at(200))).toBe(false);
    expect((await host.get("slow-main.example.test")).body).toBe("new");

    finish();
    expect((await download).body).toBe("begun, finished");
    websocket.write("still there");
    await eventually("the websocket's echo", () => echoed.endsWith("still there"));
    websocket.destroy();
    expect(await host.router.drained(old, at(5_000))).toBe(true);
    await Promise.all([old.close(), next.close()]);
  });

  it("goes on through many switches, until there are too many old workers: then the oldest end", async () => {
    const backend = await startBackend("127.0.0.2", () => undefined);
    backend.server.on("upgrade", (_request, socket: Socket) => {
      socket.on("error", () => undefined);
      socket.write("HTTP/1.1 101 Switching\r\nUpgrade: websocket\r\nConnection: upgrade\r\n\r\n");
      socket.pipe(socket);
    });
    const openOne = async () => {
      const websocket = connect(host.httpPort, "127.0.0.1").on("error", () => undefined);
      websocket.write(
        "GET / HTTP/1.1\r\nHost: lasting-main.example.test\r\nConnection: upgrade\r\nUpgrade: websocket\r\n\r\n",
      );
      await once(websocket, "data");
      return websocket;
    };
    const generations: Socket[][] = [];
    for (let round = 0; round < 6; round += 1) {
      await host.publish(routeOf("lasting-main", [backend]));
      // Enough for each worker to have one.
      generations.push(await Promise.all(Array.from({ length: 16 }, openOne)));
    }
    const openPer = () => generations.map((all) => all.filter(({ closed }) => !closed).length);
    expect(openPer()).toEqual([16, 16, 16, 16, 16, 16]);

    endOldest(await host.master(), 2);

    await eventually("the end of the oldest", () => openPer().slice(0, 3).join() === "0,0,0");
    expect(openPer()).toEqual([0, 0, 0, 16, 16, 16]);
    generations.flat().forEach((websocket) => websocket.destroy());
    await backend.close();
  });

  it.each(["a TLS connection made ahead", "a header that comes in two parts"])(
    "answers the late request of %s",
    async (what) => {
      const certificate = await makeCertificate(host.folder, "late");
      const [old, next] = [await backendSaying("old"), await backendSaying("new")];
      await host.publish(routeOf("late-main", [old], { certificate }));
      const request = "GET / HTTP/1.1\r\nHost: late-main.example.test\r\nConnection: close\r\n\r\n";
      const isTls = what.startsWith("a TLS");
      const client = isTls
        ? connectTls({
            host: "127.0.0.1",
            port: host.httpsPort,
            servername: "late-main.example.test",
            rejectUnauthorized: false,
          })
        : connect(host.httpPort, "127.0.0.1");
      let answer = "";
      client.setEncoding("utf8").on("data", (text: string) => (answer += text));
      await once(client, isTls ? "secureConnect" : "connect");
      const said = isTls ? 0 : 30;
      client.write(request.slice(0, said));
      // nginx has accepted it once a later connection is answered.
      await host.get("late-main.example.test");

      await host.publish(routeOf("late-main", [next], { certificate }));
      const drained = host.router.drained(old, at(20_000)).then(() => old.close());
      expect(await host.router.drained(old, { timeoutMs: 1_000, awaitLate: false })).toBe(true);
      const first = await Promise.race([drained.then(() => "drained"), delay(1_500, "waiting")]);
      client.write(request.slice(said));
      await once(client, "close");
      expect(answer).toMatch(/^HTTP\/1.1 200 [^]*\b(old|new)/);
      expect(first).toBe("waiting");
      await drained;
      await next.close();
    },
  );

  it("is not waited for longer than asked, and not at all once given up", async () => {
    const old = await startBackend("127.0.0.2", () => undefined);
    await host.publish(routeOf("hung-main", [old]));
    const hung = http.get({
      port: host.httpPort,
      host: "127.0.0.1",
      headers: { host: "hung-main.example.test" },
    });
    hung.on("error", () => undefined);
    await eventually("the request", () => old.count() === 1);

    const giveUp = new AbortController();
    const waiting = host.router.drained(old, { ...at(60_000), signal: giveUp.signal });
    giveUp.abort();

    await expect(waiting).rejects.toThrow();
    hung.destroy();
    await old.close();
  });
});

describe("another Goku on the same folder", () => {
  it("leaves nginx alone and goes on where the first one ended", async () => {
    const backend = await backendSaying("v1");
    await host.publish(routeOf("lasting-main", [backend]));
    const load = startLoad(host.httpPort, "lasting-main.example.test", 200);
    const [master, workers] = [await host.master(), await host.workers()];

    const router = host.restarted();
    await router.start();
    await load.more(40);
    expect(await host.master()).toBe(master);
    expect(await host.workers()).toEqual(workers);
    expect(await router.published()).toContain("lasting-main");

    const prepared = await router.prepare(routeOf("lasting-main", [backend]));
    await router.announce("lasting-main");
    await load.more(40);
    await router.publish([prepared]);
    await load.more(40);
    expect((await load.end()).failures).toEqual([]);
    expect(await host.workers()).not.toEqual(workers);
    await backend.close();
  });
});
