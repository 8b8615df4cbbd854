import http2 from "node:http2";
import https from "node:https";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { echo } from "./echo.ts";
import {
  type Host,
  makeCertificate,
  makeHost,
  routeOf,
  startBackend,
  type TestBackend,
} from "./fixture.ts";

let host: Host;
let backend: TestBackend;

beforeAll(async () => {
  host = await makeHost();
  backend = await startBackend("127.0.0.2", echo);
  await host.router.start();
  const certificate = await makeCertificate(host.folder, "echo");
  await host.publish(
    routeOf("echo-main", [backend]),
    routeOf("tls-main", [backend], { certificate }),
    routeOf("forced-main", [backend], { certificate, sslForced: true }),
  );
});
afterAll(async () => {
  await host.end();
  await backend.close();
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
