import * as fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { isDomain, type Route, type Site } from "../../src/route.ts";
import { renderVhost } from "../../src/router/text/render.ts";
import { type Host, makeCertificate, makeHost, type TestCertificate } from "../router/fixture.ts";
import { nastyText } from "./arbitraries.ts";
import { readNginx, shapeOf } from "./nginx-tree.ts";

/*
 * A vhost file has exactly the directives that its route calls for, whatever the route's names are; and a real nginx takes
 * every route that Goku takes.
 */

let host: Host;
let certificate: TestCertificate;

beforeAll(async () => {
  host = await makeHost();
  await host.router.start();
  certificate = await makeCertificate(host.folder, "any");
});
afterAll(() => host.end());

const label = fc.oneof(
  fc.stringMatching(/^[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?$/),
  fc.constantFrom("_", "__", "0", "xn--mller-kva", "default_server", "server", "x".repeat(63)),
);
const domain = fc
  .tuple(fc.constantFrom("", "", "*."), fc.array(label, { minLength: 2, maxLength: 6 }))
  .map(([star, labels]) => star + labels.join("."))
  .filter(isDomain);
const app = fc
  .stringMatching(/^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/)
  .filter((name) => name !== "goku");
const backend = fc.record({
  address: fc.tuple(fc.nat(255), fc.nat(255), fc.nat(254)).map((parts) => `10.${parts.join(".")}`),
  port: fc.integer({ min: 1, max: 65535 }),
});
const backends = fc.uniqueArray(backend, { maxLength: 5, selector: ({ address }) => address });
const route = (cert: TestCertificate | null): fc.Arbitrary<Route> =>
  fc
    .tuple(
      app,
      fc.uniqueArray(domain, { minLength: 1, maxLength: 12 }),
      fc.array(backends, { minLength: 1, maxLength: 4 }),
      fc.boolean(),
    )
    .map(([name, domains, lists, sslForced]) => {
      const count = Math.min(lists.length, domains.length);
      const sites: Site[] = lists.slice(0, count).map((list, at) => ({
        domains: domains.filter((_, place) => place % count === at),
        backends: list,
      }));
      return {
        app: name,
        sites,
        certificate: cert,
        sslForced: sslForced && cert !== null,
        template: null,
      };
    });

const surroundings = {
  http: { host: "0.0.0.0", port: 80 },
  https: { host: "::", port: 8443 },
  logFolder: "/var/lib/goku/logs",
};

/** What the template promises of a route, written down once more. */
function expectedShape({ sites, certificate: cert, sslForced }: Route): unknown[] {
  const names = ["server_name", "access_log"];
  const listen = [
    ...(sslForced ? [] : ["listen"]),
    ...(cert === null ? [] : ["listen", "ssl_certificate", "ssl_certificate_key"]),
  ];
  const stopped = [["location", "add_header", "add_header", "return"]];
  const serving = [
    ["location", "error_page", ["if", "return"], "proxy_pass"],
    ["location", "keepalive_timeout", "proxy_pass"],
  ];
  return sites.flatMap(({ backends: list }) => [
    ...(list.length === 0
      ? []
      : [["upstream", ...list.map(() => "server"), "keepalive", "keepalive_timeout"]]),
    ...(sslForced ? [["server", "listen", ...names, "return"]] : []),
    ["server", ...listen, ...names, ...(list.length === 0 ? stopped : serving)],
  ]);
}

describe("a vhost file", () => {
  it("has exactly the directives of its route", () => {
    const files = { certificate: "/etc/ssl/a.crt", key: "/etc/ssl/a.key" };
    fc.assert(
      fc.property(fc.oneof(route(null), route(files)), (some) => {
        const tree = readNginx(renderVhost(some, surroundings));
        expect(shapeOf(tree)).toEqual(expectedShape(some));
        const servers = tree.filter(({ words }) => words[0] === "server");
        const named = servers.map(({ block }) =>
          block?.find(({ words }) => words[0] === "server_name"),
        );
        const wanted = some.sites.flatMap((site) =>
          Array.from({ length: some.sslForced ? 2 : 1 }, () =>
            ["server_name"].concat(site.domains),
          ),
        );
        expect(named.map((each) => each?.words)).toEqual(wanted);
      }),
      { numRuns: 300 },
    );
  });

  it("has them whatever stands in any one place of the route, or there is none", () => {
    const places = fc.constantFrom("app", "domain", "address", "certificate", "key");
    fc.assert(
      fc.property(
        route({ certificate: "/a.crt", key: "/a.key" }),
        places,
        nastyText,
        (some, place, text) => {
          const changed = withText(some, place, text);
          let rendered: string;
          try {
            rendered = renderVhost(changed, surroundings);
          } catch (error) {
            expect(error).toBeInstanceOf(Error);
            return;
          }
          expect(shapeOf(readNginx(rendered))).toEqual(expectedShape(changed));
        },
      ),
      { numRuns: 1500 },
    );
  });
});

function withText(some: Route, place: string, text: string): Route {
  const [first, ...rest] = some.sites;
  const site = first ?? { domains: [], backends: [] };
  const other = { certificate: "/a.crt", key: "/a.key" };
  switch (place) {
    case "app":
      return { ...some, app: text };
    case "domain":
      return { ...some, sites: [{ ...site, domains: [text, ...site.domains] }, ...rest] };
    case "address":
      return { ...some, sites: [{ ...site, backends: [{ address: text, port: 80 }] }, ...rest] };
    case "certificate":
      return { ...some, certificate: { ...other, certificate: `/${text}` } };
    default:
      return { ...some, certificate: { ...other, key: `/${text}` } };
  }
}

describe("a real nginx", () => {
  it("takes every route that Goku takes", async () => {
    await fc.assert(
      fc.asyncProperty(fc.oneof(route(null), route(certificate)), async (some) => {
        const { text } = await host.router.prepare(some);
        expect(shapeOf(readNginx(text))).toEqual(expectedShape(some));
      }),
      { numRuns: 25 },
    );
  });

  it("takes many of them together, and knows every host", async () => {
    const sample = fc.sample(route(null), { numRuns: 40, seed: 4 });
    const apps = new Map(sample.map((each) => [each.app, each]));
    const domains = new Set<string>();
    const own: Route[] = [...apps.values()].flatMap((each) => {
      // Stopped, so that each answers by itself; a name that another has already is not given again.
      const free = each.sites.flatMap((site) => site.domains).filter((name) => !domains.has(name));
      free.forEach((name) => domains.add(name));
      const sites = [{ domains: free, backends: [] }];
      return free.length === 0 ? [] : [{ ...each, sites }];
    });
    await host.publish(...own);
    for (const name of [...domains].filter((each) => !each.startsWith("*"))) {
      expect((await host.get(name)).status, name).toBe(503);
    }
    expect((await host.get("nobody.example.test")).status).toBe(404);
    expect((await host.get("nobody.example.test; return 200")).status).toBe(400);
  });

  it("takes an app with a thousand domains of 253 characters", async () => {
    const long = Array.from({ length: 1000 }, (_, at) =>
      [`d${at}`.padEnd(63, "x"), "y".repeat(63), "z".repeat(63), "w".repeat(61)].join("."),
    );
    expect(long.every((name) => name.length === 253 && isDomain(name))).toBe(true);
    const sites = [{ domains: long, backends: [{ address: "10.0.0.1", port: 80 }] }];
    const { text } = await host.router.prepare({
      app: "many",
      sites,
      certificate: null,
      sslForced: false,
      template: null,
    });
    expect(text).toContain(long[999]);
  });
});
