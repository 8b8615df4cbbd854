import { writeFile } from "node:fs/promises";
import http from "node:http";
import https from "node:https";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Backend } from "../../src/route.ts";
import {
  eventually,
  type Host,
  makeCertificate,
  makeHost,
  routeOf,
  routeOfSites,
  startBackend,
  type TestBackend,
} from "./fixture.ts";
import { startLoad } from "./load.ts";

let host: Host;
let front: TestBackend;
let api: TestBackend;
let next: TestBackend;

beforeAll(async () => {
  host = await makeHost();
  front = await startBackend("127.0.0.2", "front");
  api = await startBackend("127.0.0.3", "api");
  next = await startBackend("127.0.0.4", "next");
  await host.router.start();
});
afterAll(async () => {
  await host.end();
  await Promise.all([front.close(), api.close(), next.close()]);
});

const frontDomain = "shop.example.test";
const apiDomain = "api.example.test";

/** A route of one app with two services that are reached by HTTP. */
const shop = (
  first: readonly Backend[],
  second: readonly Backend[],
  more: Parameters<typeof routeOfSites>[2] = {},
) =>
  routeOfSites(
    "shop-main",
    [
      { domains: [frontDomain, "www.shop.test"], backends: first },
      { domains: [apiDomain], backends: second },
    ],
    more,
  );
const bodies = async (...domains: string[]) =>
  Promise.all(domains.map(async (domain) => (await host.get(domain)).body));

describe("an app with two sites", () => {
  it("sends each domain to its own backend, and is one app all the same", async () => {
    await host.publish(shop([front], [api]));

    expect(await bodies(frontDomain, "www.shop.test", apiDomain)).toEqual([
      "front",
      "front",
      "api",
    ]);
    expect(await host.router.published()).toEqual(["shop-main"]);
  });

  it("lives beside apps that are called nearly the same", async () => {
    await host.publish(routeOf("shop-main-2", [next]), shop([front], [api]));

    expect(await bodies("shop-main-2.example.test", frontDomain, apiDomain)).toEqual([
      "next",
      "front",
      "api",
    ]);
    await host.router.remove("shop-main-2");
  });

  it("spreads each site's requests over its own replicas", async () => {
    await host.publish(shop([front], [api, next]));

    // Each worker takes turns by itself: so many requests miss a backend only if one is never asked.
    const seen = new Set(await bodies(...Array.from({ length: 40 }, () => apiDomain)));

    expect(seen).toEqual(new Set(["api", "next"]));
    expect(await bodies(frontDomain)).toEqual(["front"]);
  });

  it("answers 503 for the one that is stopped, while the other serves", async () => {
    await host.publish(shop([front], []));
    expect((await host.get(apiDomain)).status).toBe(503);
    expect(await bodies(frontDomain)).toEqual(["front"]);

    await host.publish(shop([], [api]));
    expect((await host.get(frontDomain)).status).toBe(503);
    expect(await bodies(apiDomain)).toEqual(["api"]);

    await host.publish(shop([], []));
    expect([(await host.get(frontDomain)).status, (await host.get(apiDomain)).status]).toEqual([
      503, 503,
    ]);
  });

  it("has one access log for both", async () => {
    await host.publish(shop([front], [api]));
    await host.get(frontDomain, "/at-front");
    await host.get(apiDomain, "/at-api");

    const pathsByHost = async () => {
      const found: string[] = [];
      const options = { follow: false, since: null, tail: null };
      for await (const line of host.router.accessLog("shop-main", options)) {
        const { host: domain, uri }: { host: string; uri: string } = JSON.parse(line);
        found.push(`${domain}${uri}`);
      }
      return found;
    };
    await eventually("both in the log", async () => {
      const found = await pathsByHost();
      return found.includes(`${frontDomain}/at-front`) && found.includes(`${apiDomain}/at-api`);
    });
    expect(await pathsByHost()).toContain(`${apiDomain}/at-api`);
  });

  it("moves one site without a request lost at either", async () => {
    await host.publish(shop([front], [api]));
    const loads = [frontDomain, apiDomain].map((domain) => startLoad(host.httpPort, domain, 100));
    await Promise.all(loads.map((load) => load.more(20)));

    await host.publish(shop([next], [api]));
    await Promise.all(loads.map((load) => load.more(20)));

    expect((await Promise.all(loads.map((load) => load.end()))).flatMap((l) => l.failures)).toEqual(
      [],
    );
    expect(await bodies(frontDomain, apiDomain)).toEqual(["next", "api"]);
  });

  it("is known to be published only when every site is what it was", async () => {
    const route = shop([front], [api]);
    await host.publish(route);

    expect(await host.router.isPublished("shop-main", route)).toBe(true);
    expect(await host.router.isPublished("shop-main", shop([front], []))).toBe(false);
    expect(await host.router.isPublished("shop-main", shop([front], [next]))).toBe(false);
  });

  it("becomes an app of one site again, and its other domain unknown", async () => {
    await host.publish(shop([front], [api]));

    await host.publish(routeOf("shop-main", [front], { domains: [frontDomain] }));

    expect((await host.get(apiDomain)).status).toBe(404);
    expect(await bodies(frontDomain)).toEqual(["front"]);
  });

  it("has its domains refused before anything changes when two sites want one", async () => {
    await host.publish(shop([front], [api]));
    const sites = [
      { domains: [frontDomain], backends: [front] },
      { domains: [frontDomain], backends: [api] },
    ];

    await expect(host.router.prepare(routeOfSites("shop-main", sites))).rejects.toMatchObject({
      code: "refused",
      message: `${frontDomain} leads to two places in shop-main.`,
    });
    expect(await bodies(frontDomain, apiDomain)).toEqual(["front", "api"]);
  });

  it("serves both by HTTPS with the one certificate", async () => {
    const certificate = await makeCertificate(host.folder, "shop");
    await host.publish(shop([front], [api], { certificate, sslForced: true }));

    expect((await host.get(apiDomain, "/x")).headers.location).toBe(
      `https://${apiDomain}:${host.httpsPort}/x`,
    );
    expect(await Promise.all([frontDomain, apiDomain].map(secureBody))).toEqual(["front", "api"]);
  });

  it("is served by a template of its own that knows both", async () => {
    const template = join(host.folder, "both.hbs");
    await writeFile(
      template,
      "{{#each sites}}\n" +
        "upstream {{upstream}} { {{#each backends}}server {{address}}:{{port}};{{/each}} }\n" +
        "server { listen {{../http}}; server_name {{serverNames}}; access_log {{../accessLog}} goku;\n" +
        "add_header X-Site {{@index}}; location / { proxy_pass http://{{upstream}}; } }\n" +
        "{{/each}}\n",
    );
    await host.publish(shop([front], [api], { template }));

    const answers = await Promise.all([frontDomain, apiDomain].map((domain) => host.get(domain)));

    expect(answers.map(({ body, headers }) => [body, headers["x-site"]])).toEqual([
      ["front", "0"],
      ["api", "1"],
    ]);
  });
});

function secureBody(domain: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const options = {
      host: "127.0.0.1",
      port: host.httpsPort,
      servername: domain,
      headers: { host: domain },
      // Self-signed: whose it is does not matter here.
      rejectUnauthorized: false,
      agent: false as const,
    };
    const collect = (response: http.IncomingMessage) => {
      let body = "";
      response.setEncoding("utf8");
      response.on("data", (text: string) => (body += text));
      response.on("end", () => resolve(body));
    };
    https.get(options, collect).on("error", reject);
  });
}
