import { once } from "node:events";
import { statSync, watch } from "node:fs";
import { stat } from "node:fs/promises";
import { connect, type Socket } from "node:net";
import { basename, dirname } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { leavingFile } from "../../src/router/state.ts";
import { type Host, makeHost, readAll, routeOf, startBackend } from "./fixture.ts";
import { startLoad } from "./load.ts";

let host: Host;

beforeAll(async () => {
  host = await makeHost();
  await host.router.start();
});
afterAll(() => host.end());

const versionOf = (content: string | null) => Number(content?.slice(1));
const generationOf = async (of: Host) => Number(/"(\d+)"/.exec(await of.state())?.[1]);
const backendSaying = (text: string) => startBackend("127.0.0.2", text);

/** When a file was made; the kernel tells, since whoever looks now and then may come too late on a busy machine. */
function appearanceOf(path: string): Promise<number> {
  const watcher = watch(dirname(path));
  return new Promise((resolve) => {
    watcher.on("change", (_event, name) => {
      if (name === basename(path)) {
        watcher.close();
        resolve(statSync(path).mtimeMs);
      }
    });
  });
}

describe("a switch under load", () => {
  it(
    "loses no request, fresh connections and kept ones, with the old backend gone right after",
    { timeout: 60_000 },
    async () => {
      let current = await backendSaying("v0");
      await host.publish(routeOf("busy-main", [current]));
      const load = startLoad(host.httpPort, "busy-main.example.test", 200);
      const returnedAt: number[] = [];

      for (let version = 1; version <= 5; version++) {
        const next = await backendSaying(`v${version}`);
        await host.router.announce("busy-main");
        const prepared = await host.router.prepare(routeOf("busy-main", [next]));
        await load.more(40);
        await host.router.publish([prepared]);
        returnedAt.push(performance.now());

        const answers = await Promise.all(
          Array.from({ length: 10 }, () => host.get("busy-main.example.test")),
        );
        expect(answers.map(({ body }) => body)).toEqual(Array(10).fill(`v${version}`));
        expect(await host.router.drained(current, { timeoutMs: 30_000, awaitLate: true })).toBe(
          true,
        );
        await current.close();
        current = next;
      }
      const { seen, failures } = await load.end();
      await current.close();

      expect(failures).toEqual([]);
      expect(seen.length).toBeGreaterThan(200);
      // What was under way may still arrive at the old one; what begins from then on may not.
      const late = returnedAt.flatMap((at, published) =>
        seen.filter(({ sentAt, content }) => sentAt > at && versionOf(content) <= published),
      );
      expect(late).toEqual([]);
    },
  );

  it("moves ten apps at once with few reloads", async () => {
    const backend = await backendSaying("ten");
    const before = await host.workers();
    const prepared = await Promise.all(
      Array.from({ length: 10 }, (_, index) =>
        host.router.prepare(routeOf(`ten-${index}`, [backend])),
      ),
    );
    const generation = await generationOf(host);

    await Promise.all(prepared.map((route) => host.router.publish([route])));

    expect(await generationOf(host)).toBe(generation + 1);
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
    const generation = await generationOf(host);
    const announcedAt = appearanceOf(leavingFile(host.places, generation));
    await router.remove("ten-0");
    expect(await generationOf(host)).toBe(generation + 1);
    const { mtimeMs: switchedAt } = await stat(host.places.state);
    expect(switchedAt - (await announcedAt)).toBeGreaterThan(190);
    expect(await connection()).toBe("keep-alive");
    await backend.close();
  });
});

describe("when publish returns", () => {
  it("a connection that was made before it, without a request yet, gets the new release", async () => {
    const [old, next] = [await backendSaying("old"), await backendSaying("new")];
    let sockets: Socket[] = [];
    let tookMs = Infinity;
    // The kernel keeps a silent connection to itself for a second; then a worker has it that may be an old one.
    for (let tries = 0; tookMs > 900 && tries < 30; tries += 1) {
      sockets.forEach((socket) => socket.destroy());
      await host.publish(routeOf("early-main", [old]));
      await host.router.announce("early-main");
      const prepared = await host.router.prepare(routeOf("early-main", [next]));
      const begun = performance.now();
      sockets = Array.from({ length: 4 }, () => connect(host.httpPort, "127.0.0.1"));
      await Promise.all(sockets.map((socket) => once(socket, "connect")));
      await host.router.publish([prepared]);
      tookMs = performance.now() - begun;
    }
    expect(tookMs).toBeLessThan(900);
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
