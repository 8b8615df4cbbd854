import { createHash, randomBytes } from "node:crypto";
import http from "node:http";
import http2 from "node:http2";
import https from "node:https";
import { connect } from "node:net";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  eventually,
  type Host,
  listen,
  makeCertificate,
  makeHost,
  readAll,
  routeOf,
  startBackend,
  type TestBackend,
} from "./fixture.ts";

const megabyte = 1024 * 1024;
const uploaded = { bytes: 0, hash: createHash("sha256") };

/** Answers with what it was asked, as JSON; takes and gives large bodies; streams; switches protocols. */
const echo: http.RequestListener = (request, response) => {
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
    response.setHeader("x-request-id", "the backend's own");
    response.end(JSON.stringify({ url: request.url, headers: request.headers }));
  }
};

let host: Host;
let backend: TestBackend;
const ended: (() => Promise<unknown>)[] = [];

beforeAll(async () => {
  host = await makeHost();
  backend = await startBackend("127.0.0.2", echo);
  backend.server.on("upgrade", (_request, socket) => {
    socket.write(
      "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n",
    );
    socket.pipe(socket);
  });
  await host.router.start();
  await host.publish(routeOf("echo-main", [backend]), routeOf("stopped-main", []));
});
afterAll(async () => {
  await host.end();
  await backend.close();
  await Promise.all(ended.map((end) => end()));
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

describe("a host", () => {
  it("that nobody has gets a plain 404", async () => {
    const answer = await host.get("unknown.example.test");

    expect(answer).toMatchObject({ status: 404, headers: { "content-type": "text/html" } });
    expect(answer.body).toContain("There is no app under this name");
    expect(answer.headers.server).toBe("nginx");
  });

  it("of a stopped app gets 503 and when to come back", async () => {
    const answer = await host.get("stopped-main.example.test");

    expect(answer).toMatchObject({ status: 503, headers: { "retry-after": "60" } });
    expect(answer.body).toContain("stopped");
  });

  it("of an app whose only replica fails is asked again at once when that is back", async () => {
    const flaky = await startBackend("127.0.0.5", "back");
    await host.publish(routeOf("flaky-main", [flaky]));
    await flaky.close();
    expect((await host.get("flaky-main.example.test")).status).toBe(502);

    const again = http.createServer((_request, response) => response.end("back"));
    await listen(again, flaky.port, "127.0.0.5");
    const answer = await host.get("flaky-main.example.test");
    await new Promise((resolve) => again.close(resolve));

    expect(answer).toMatchObject({ status: 200, body: "back" });
  });

  it("of an app with a dead replica is served by the others", async () => {
    const dead = await startBackend("127.0.0.3", "dead");
    const alive = await startBackend("127.0.0.4", "alive");
    ended.push(() => alive.close());
    await host.publish(routeOf("pair-main", [dead, alive]));
    await dead.close();

    const answers = await Promise.all(
      Array.from({ length: 20 }, () => host.get("pair-main.example.test")),
    );

    expect(new Set(answers.map(({ status, body }) => `${status} ${body}`))).toEqual(
      new Set(["200 alive"]),
    );
  });

  it("that was removed is unknown again, and removing it twice is no error", async () => {
    await host.publish(routeOf("gone-main", [backend]));
    expect((await host.get("gone-main.example.test")).status).toBe(200);

    await host.router.remove("gone-main");
    await host.router.remove("gone-main");

    expect((await host.get("gone-main.example.test")).status).toBe(404);
    expect(await host.router.published()).not.toContain("gone-main");
  });

  it("goku.<domain> is Goku itself", async () => {
    const web = http.createServer((request, response) => request.pipe(response));
    await listen(web, host.webPort, "127.0.0.1");
    const answer = await host.get("goku.example.test", "/git/blog.git/info/refs");
    await new Promise((resolve) => web.close(resolve));

    expect(answer.status).toBe(200);
  });
});

describe("HTTPS", () => {
  const secure = (domain: string) =>
    new Promise<string>((resolve, reject) => {
      const request = https.get({
        port: host.httpsPort,
        host: "127.0.0.1",
        agent: false,
        rejectUnauthorized: false,
        servername: domain,
        headers: { host: domain },
      });
      request.on("error", reject);
      request.on("response", (response) => {
        response.setEncoding("utf8").on("data", resolve);
      });
    });

  beforeAll(async () => {
    const certificate = await makeCertificate(host.folder, "echo");
    await host.publish(
      routeOf("tls-main", [backend], { certificate }),
      routeOf("forced-main", [backend], { certificate, sslForced: true }),
    );
  });

  it("is served with the owner's certificate, beside HTTP", async () => {
    expect(await secure("tls-main.example.test")).toContain('"x-forwarded-proto":"https"');
    expect((await host.get("tls-main.example.test")).status).toBe(200);
  });

  it("is where plain HTTP is sent when forced", async () => {
    expect(await host.get("forced-main.example.test", "/a?b=c")).toMatchObject({
      status: 301,
      headers: { location: `https://forced-main.example.test:${host.httpsPort}/a?b=c` },
    });
    expect(await secure("forced-main.example.test")).toContain("forced-main");
  });

  it("refuses names that have no certificate", async () => {
    await expect(secure("echo-main.example.test")).rejects.toThrow(/unrecognized name/);
  });

  it("speaks HTTP/2", async () => {
    const session = http2.connect(`https://127.0.0.1:${host.httpsPort}`, {
      rejectUnauthorized: false,
      servername: "tls-main.example.test",
    });
    const status = await new Promise((resolve, reject) => {
      session.on("error", reject);
      const stream = session.request({ ":path": "/", ":authority": "tls-main.example.test" });
      stream.on("response", (headers) => resolve(headers[":status"]));
      stream.on("error", reject);
      stream.resume().end();
    });
    session.destroy();

    expect(status).toBe(200);
  });

  it("is not listened to any more without certificates", async () => {
    await Promise.all([host.router.remove("tls-main"), host.router.remove("forced-main")]);

    await expect(secure("tls-main.example.test")).rejects.toThrow("ECONNREFUSED");
  });
});
