import { once } from "node:events";
import http from "node:http";
import { connect, type Socket } from "node:net";
import { connect as connectTls } from "node:tls";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { endOldest } from "../../src/router/nginx/end-oldest.ts";
import {
  eventually,
  type Host,
  makeCertificate,
  makeHost,
  routeOf,
  startBackend,
} from "./fixture.ts";

let host: Host;

beforeAll(async () => {
  host = await makeHost();
  await host.router.start();
});
afterAll(() => host.end());

const at = (timeoutMs: number) => ({ timeoutMs, awaitLate: true });

const withoutLate = { timeoutMs: 30_000, awaitLate: false };

const backendSaying = (text: string) => startBackend("127.0.0.2", text);

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
    expect(await host.router.drained(old, at(15_000))).toBe(true);
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
      // Whoever does not wait for late requests has gone twice meanwhile.
      expect(await host.router.drained(old, withoutLate)).toBe(true);
      const again = host.router.drained(old, withoutLate).then(() => "waiting");
      const first = await Promise.race([drained.then(() => "drained"), again]);
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
