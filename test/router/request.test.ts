import { createHash, randomBytes } from "node:crypto";
import http from "node:http";
import { connect } from "node:net";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { echo } from "./echo.ts";
import {
  eventually,
  type Host,
  makeHost,
  readAll,
  routeOf,
  startBackend,
  type TestBackend,
} from "./fixture.ts";

const megabyte = 1024 * 1024;
const uploaded = { bytes: 0, hash: createHash("sha256") };

/** Takes and gives large bodies, streams, and echoes the rest. */
const serve: http.RequestListener = (request, response) => {
  if (request.url === "/upload") {
    request.on("data", (chunk: Buffer) => {
      uploaded.bytes += chunk.length;
      uploaded.hash.update(chunk);
    });
    request.on("end", () => response.end());
  } else if (request.url === "/download") {
    response.end(Buffer.alloc(20 * megabyte, "x"));
  } else if (request.url === "/stream") {
    response.write("first\n");
  } else {
    echo(request, response);
  }
};

let host: Host;
let backend: TestBackend;

beforeAll(async () => {
  host = await makeHost();
  backend = await startBackend("127.0.0.2", serve);
  backend.server.on("upgrade", (_request, socket) => {
    socket.write(
      "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n",
    );
    socket.pipe(socket);
  });
  await host.router.start();
  await host.publish(routeOf("echo-main", [backend]));
});
afterAll(async () => {
  await host.end();
  await backend.close();
});

const ask = async (headers: http.OutgoingHttpHeaders) => {
  const answer = await host.get("echo-main.example.test", "/a%2Fb//c?d=e", headers);
  const seen: { url: string; headers: http.IncomingHttpHeaders } = JSON.parse(answer.body);
  return { ...answer, seen };
};

describe("a request", () => {
  it("arrives as it was sent, with who sent it", async () => {
    const { seen } = await ask({ host: "echo-main.example.test:8080", "x-own": "1" });

    expect(seen.url).toBe("/a%2Fb//c?d=e");
    expect(seen.headers).toMatchObject({
      host: "echo-main.example.test:8080",
      "x-own": "1",
      "x-forwarded-for": "127.0.0.1",
      "x-forwarded-proto": "http",
      "x-forwarded-host": "echo-main.example.test:8080",
      "x-forwarded-port": String(host.httpPort),
      "x-real-ip": "127.0.0.1",
    });
    expect(seen.headers.connection).toBeUndefined();
  });

  it("cannot pretend to have come from elsewhere", async () => {
    const { seen } = await ask({
      "x-forwarded-for": "6.6.6.6",
      "x-forwarded-proto": "https",
      "x-forwarded-host": "evil.test",
      "x-forwarded-port": "1",
      "x-forwarded-ssl": "on",
      "x-real-ip": "6.6.6.6",
      "x-request-id": "chosen",
      forwarded: "for=6.6.6.6",
      proxy: "http://evil.test",
    });

    expect(JSON.stringify(seen)).not.toMatch(/6\.6\.6\.6|evil|chosen/);
    expect(seen.headers["x-forwarded-proto"]).toBe("http");
    expect(seen.headers["x-forwarded-ssl"]).toBeUndefined();
  });

  it("is routed and named by one and the same host", async () => {
    const socket = connect(host.httpPort, "127.0.0.1");
    socket.write(
      "GET http://echo-main.example.test/ HTTP/1.1\r\nHost: evil.test\r\nConnection: close\r\n\r\n",
    );

    expect(await readAll(socket)).toContain('"host":"echo-main.example.test"');
  });

  it("has one id, at the backend, in the answer and in the log", async () => {
    const { seen, headers } = await ask({});
    const id = headers["x-request-id"];

    expect(id).toMatch(/^[0-9a-f]{32}$/);
    expect(seen.headers["x-request-id"]).toBe(id);
    await eventually("a line in the access log", async () => {
      for await (const line of host.router.accessLog("echo-main", {
        follow: false,
        tail: null,
        since: null,
      })) {
        const entry: Record<string, unknown> = JSON.parse(line);
        if (entry["id"] === id) {
          expect(entry).toMatchObject({
            client: "127.0.0.1",
            method: "GET",
            host: "echo-main.example.test",
            uri: "/a%2Fb//c?d=e",
            status: 200,
            upstream: `127.0.0.2:${backend.port}`,
          });
          return true;
        }
      }
      return false;
    });
  });

  it("with a body of 20 MB arrives unharmed, its beginning before its end is sent", async () => {
    const request = http.request({
      port: host.httpPort,
      host: "127.0.0.1",
      path: "/upload",
      method: "POST",
      headers: { host: "echo-main.example.test" },
    });
    const answer = new Promise<http.IncomingMessage>((resolve, reject) => {
      request.on("error", reject).on("response", resolve);
    });
    uploaded.hash = createHash("sha256");
    const sent = createHash("sha256");
    const send = (part: Buffer) => {
      sent.update(part);
      request.write(part);
    };

    send(randomBytes(megabyte));
    await eventually("the first part at the backend", () => uploaded.bytes === megabyte);
    for (let count = 1; count < 20; count++) {
      send(randomBytes(megabyte));
    }
    request.end();
    (await answer).resume();

    expect(uploaded.bytes).toBe(20 * megabyte);
    expect(uploaded.hash.digest("hex")).toBe(sent.digest("hex"));
  });

  it("for 20 MB gets them all", async () => {
    const { body } = await host.get("echo-main.example.test", "/download");

    expect(body.length).toBe(20 * megabyte);
    expect(body.replaceAll("x", "")).toBe("");
  });

  it("gets a stream as it comes", async () => {
    const first = await new Promise<string>((resolve, reject) => {
      const request = http.get({
        port: host.httpPort,
        host: "127.0.0.1",
        path: "/stream",
        headers: { host: "echo-main.example.test" },
      });
      request.on("error", reject);
      request.on("response", (response) => {
        response.once("data", (chunk: Buffer) => {
          response.destroy();
          resolve(chunk.toString());
        });
      });
    });

    expect(first).toBe("first\n");
  });

  it("may switch to websockets, but not to HTTP/2 past the proxy", async () => {
    const upgrade = (protocol: string) =>
      `GET / HTTP/1.1\r\nHost: echo-main.example.test\r\nConnection: Upgrade\r\nUpgrade: ${protocol}\r\n\r\n`;
    const socket = connect(host.httpPort, "127.0.0.1");
    socket.write(upgrade("websocket"));
    let text = "";
    socket.on("data", (chunk: Buffer) => {
      if (text === "") {
        socket.write("ping over the switched connection");
      }
      text += chunk.toString();
    });

    await eventually("the echo", () => text.endsWith("ping over the switched connection"));
    expect(text).toMatch(/^HTTP\/1\.1 101 /);
    socket.destroy();

    const smuggler = connect(host.httpPort, "127.0.0.1");
    smuggler.write(`${upgrade("h2c")}GET / HTTP/1.0\r\nHost: echo-main.example.test\r\n\r\n`);
    expect(await readAll(smuggler)).toMatch(/^HTTP\/1\.1 200 /);
  });
});
