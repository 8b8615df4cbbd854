import http from "node:http";
import https from "node:https";
import { json } from "node:stream/consumers";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { knowsIpv6, loopbacks } from "../support/ipv6.ts";
import { echo } from "./echo.ts";
import {
  eventually,
  type Host,
  listen,
  makeCertificate,
  makeHost,
  routeOf,
  startBackend,
  type TestBackend,
} from "./fixture.ts";

const domain = "tls-main.example.test";

describe.skipIf(!knowsIpv6)("[::]", () => {
  let host: Host;
  let backend: TestBackend;
  const web = http.createServer(echo);

  beforeAll(async () => {
    host = await makeHost();
    const router = host.restarted({
      http: { host: "::", port: host.httpPort },
      https: { host: "::", port: host.httpsPort },
      web: { host: "::", port: await listen(web, 0, "::") },
    });
    // As where the setting is changed: nginx runs, and takes it up by a reload.
    await host.router.start();
    await router.start();
    backend = await startBackend("127.0.0.2", echo);
    const certificate = await makeCertificate(host.folder, "echo");
    await router.publish([await router.prepare(routeOf("tls-main", [backend], { certificate }))]);
  });
  afterAll(async () => {
    await host.end();
    await backend.close();
    web.close();
  });

  const of = (address: string, name: string) =>
    ({ host: address, agent: false, headers: { host: name } }) as const;
  const seen = (request: http.ClientRequest) =>
    new Promise<unknown>((resolve, reject) => {
      request.on("error", reject).on("response", (response) => resolve(json(response)));
    });

  it.each(loopbacks)("is %s too, which the app and the log see as it is", async (address) => {
    const headers = { "x-forwarded-for": address, "x-real-ip": address };
    const plain = http.get({ ...of(address, domain), port: host.httpPort });
    expect(await seen(plain)).toMatchObject({ headers });
    const tls = { servername: domain, rejectUnauthorized: false };
    const secure = https.get({ ...of(address, domain), ...tls, port: host.httpsPort });
    expect(await seen(secure)).toMatchObject({ headers });
    await eventually("both in the log", async () => {
      let count = 0;
      const options = { follow: false, tail: null, since: null };
      for await (const line of host.router.accessLog("tls-main", options)) {
        count += line.includes(`"client":"${address}"`) ? 1 : 0;
      }
      return count === 2;
    });
  });

  it.each(loopbacks)("has nginx reach a Goku that listens there, for %s", async (address) => {
    const api = http.get({ ...of(address, "goku.example.test"), port: host.httpPort });
    expect(await seen(api)).toMatchObject({ headers: { "x-forwarded-for": address } });
  });
});
