import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { GokuError } from "../../src/errors.ts";
import type { Site } from "../../src/route.ts";
import { renderMain, renderState, renderVhost, usesHttps } from "../../src/router/text/render.ts";
import { routeOf, routeOfSites, type RouteChoices } from "./fixture.ts";

const surroundings = {
  http: { host: "0.0.0.0", port: 80 },
  https: { host: "0.0.0.0", port: 443 },
  logFolder: "/var/lib/goku/logs",
};
const backend = { address: "10.213.0.7", port: 3000 };
const certificate = { certificate: "/etc/ssl/blog.crt", key: "/etc/ssl/blog.key" };
const render = ({ backends = [backend], ...more }: RouteChoices = {}) =>
  renderVhost(routeOf("blog-main", backends, more), surroundings);

describe("a vhost", () => {
  it("has its domains once, its backends, and a log of its own", () => {
    const text = render({
      domains: ["blog.example.test", "www.blog.test", "blog.example.test"],
      backends: [backend, { address: "10.213.0.8", port: 3000 }],
    });

    expect(text).toContain("server_name blog.example.test www.blog.test;");
    expect(text).toContain("server 10.213.0.7:3000 max_fails=1 fail_timeout=1s;");
    expect(text).toContain("server 10.213.0.8:3000 max_fails=1 fail_timeout=1s;");
    expect(text).toContain("access_log /var/lib/goku/logs/blog-main.access.log goku ");
    expect(text).not.toContain("ssl");
  });

  it("has no upstream when the app is stopped: nginx takes none without a server", () => {
    const text = render({ backends: [] });

    expect(text).not.toContain("upstream");
    expect(text).toContain("return 503");
    expect(text).toContain("Retry-After");
  });

  it("answers HTTP and HTTPS with a certificate", () => {
    const text = render({ certificate });

    expect(text).toContain("listen 0.0.0.0:80;");
    expect(text).toContain("listen 0.0.0.0:443 ssl http2;");
    expect(text).not.toContain("return 301");
    expect(usesHttps(text)).toBe(true);
  });

  it("sends HTTP to HTTPS when forced, to another port than 443 too", () => {
    expect(render({ certificate, sslForced: true })).toContain(
      "return 301 https://$host$request_uri;",
    );
    const text = renderVhost(routeOf("blog-main", [backend], { certificate, sslForced: true }), {
      ...surroundings,
      https: { host: "0.0.0.0", port: 8443 },
    });

    expect(text).toContain("return 301 https://$host:8443$request_uri;");
  });

  it("cannot force HTTPS without a certificate", () => {
    expect(() => render({ sslForced: true })).toThrow("SSL_FORCED needs a certificate");
  });

  it("needs a domain", () => {
    expect(() => render({ domains: [] })).toThrow("blog-main has no domain");
  });
});

describe("a vhost of several sites", () => {
  const front: Site = { domains: ["blog.example.test"], backends: [backend] };
  const api: Site = {
    domains: ["api.example.test", "rest.example.test"],
    backends: [{ address: "10.213.0.9", port: 8080 }],
  };
  const last: Site = { domains: ["admin.example.test"], backends: [] };
  const renderSites = (sites: readonly Site[], more: RouteChoices = {}) =>
    renderVhost(routeOfSites("blog-main", sites, more), surroundings);

  it("has an upstream for each, under names that can be no other app's", () => {
    const text = renderSites([front, api]);

    expect(text.match(/^upstream .*$/gm)).toEqual([
      "upstream blog-main {",
      "upstream blog-main.2 {",
    ]);
    expect(text.match(/server_name .*$/gm)).toEqual([
      "server_name blog.example.test;",
      "server_name api.example.test rest.example.test;",
    ]);
    expect(new Set(text.match(/proxy_pass .*$/gm))).toEqual(
      new Set(["proxy_pass http://blog-main;", "proxy_pass http://blog-main.2;"]),
    );
    expect(new Set(text.match(/access_log .*$/gm)).size).toBe(1);
  });

  it("names an upstream by its place, whatever is stopped before it", () => {
    const text = renderSites([{ ...front, backends: [] }, api, last]);

    expect(text.match(/^upstream .*$/gm)).toEqual(["upstream blog-main.2 {"]);
    expect(text.match(/return 503/g)).toHaveLength(2);
  });

  it("has the one certificate for all, and sends all to HTTPS", () => {
    const text = renderSites([front, last], { certificate, sslForced: true });

    expect(text.match(/return 301/g)).toHaveLength(2);
    expect(text.match(/listen 0\.0\.0\.0:443 ssl http2;/g)).toHaveLength(2);
    expect(text.match(/ssl_certificate_key \/etc\/ssl\/blog\.key;/g)).toHaveLength(2);
  });

  it("needs a site, and a domain for each", () => {
    expect(() => renderSites([])).toThrow("without a site");
    expect(() => renderSites([front, { ...api, domains: [] }])).toThrow(
      "One of the routes of blog-main has no domain",
    );
  });

  it("has no domain twice", () => {
    const greedy = { ...api, domains: ["api.example.test", "blog.example.test"] };

    expect(() => renderSites([front, greedy])).toThrow(
      "blog.example.test leads to two places in blog-main.",
    );
  });

  it("takes nothing unchecked from a later site", () => {
    const hostile = { ...api, domains: ["a.test; return 200 pwned"] };
    const nowhere = { ...api, backends: [{ address: "10.0.0.1; }", port: 80 }] };

    expect(() => renderSites([front, hostile])).toThrow("is not a domain name");
    expect(() => renderSites([front, nowhere])).toThrow("not a backend");
  });
});

describe("nothing of a route becomes nginx syntax:", () => {
  const hostile = [
    "a.test; return 200 pwned",
    "a.test;",
    "a.test\nreturn 200",
    "a.test {",
    "a.test}",
    "$host.test",
    "a.test #",
    "a.test other.test",
    '"a.test"',
    "'a.test'",
    "a\\.test",
    "~^.*.test",
    "{{app}}.test",
    ".test",
    "a.test\u0000",
    "a.test\r",
    "ａ.test",
    "_",
    "",
  ];

  it.each(hostile)("domain %j is refused", (domain) => {
    expect(() => render({ domains: [domain] })).toThrow("is not a domain name");
  });

  /** Strings that are mostly made of what hurts. */
  const nasty = fc.string({
    unit: fc.oneof(
      fc.constantFrom(...Array.from("a0-._*/;{}$\"'`\\# \t\n\r\u0000\u0085\u00a0\u2028~@%=,:")),
      fc.string({ unit: "binary", minLength: 1, maxLength: 1 }),
    ),
    maxLength: 30,
  });
  const accepted = (more: RouteChoices) => {
    try {
      return render(more);
    } catch (error) {
      expect(error).toBeInstanceOf(GokuError);
      return null;
    }
  };

  it("any domain is refused or changes nothing but a name", () => {
    fc.assert(
      fc.property(
        fc.oneof(
          nasty,
          nasty.map((text) => `${text}.test`),
          fc.domain(),
        ),
        (domain) => {
          const text = accepted({ domains: [domain] });
          if (text !== null) {
            expect(domain).toMatch(/^[a-z0-9_.*-]+$/);
            expect(text.replaceAll(domain, "x.test")).toBe(render({ domains: ["x.test"] }));
          }
        },
      ),
      { numRuns: 2000 },
    );
  });

  it("any path of a certificate is refused or is one word", () => {
    fc.assert(
      fc.property(nasty, (path) => {
        const text = accepted({ certificate: { certificate: `/x${path}`, key: "/y" } });
        if (text !== null) {
          expect(path).not.toMatch(/[\s\p{C};{}$"'`\\#]/u);
          expect(text).toContain(`  ssl_certificate /x${path};\n`);
        }
      }),
      { numRuns: 2000 },
    );
  });

  it("relative paths are refused", () => {
    const relative = { certificate: "certs/a.crt", key: "/etc/ssl/a.key" };

    expect(() => render({ certificate: relative })).toThrow("SSL_CERTIFICATE is not a path");
  });

  it("any backend is refused or is an address and a port", () => {
    fc.assert(
      fc.property(
        fc.oneof(nasty, fc.ipV4(), fc.ipV6()),
        fc.oneof(fc.integer(), fc.double()),
        (address, port) => {
          const isGood = /^\d+\.\d+\.\d+\.\d+$/.test(address) && Number.isInteger(port);
          const route = routeOf("blog-main", [{ address, port }]);
          if (!isGood || port < 1 || port > 65535) {
            expect(() => renderVhost(route, surroundings)).toThrow("not a backend");
          } else {
            expect(renderVhost(route, surroundings)).toContain(`  server ${address}:${port} `);
          }
        },
      ),
      { numRuns: 2000 },
    );
  });

  it.each(["Blog", "blog main", "blog;", "", "../blog", "blog.main", "goku"])(
    "app id %j is refused",
    (app) => {
      expect(() => renderVhost(routeOf(app, [backend]), surroundings)).toThrow();
    },
  );
});

describe("the main configuration", () => {
  const main = {
    user: null,
    maxOpenFiles: 20_000,
    pid: "/p/nginx.pid",
    errorLog: "/l/error.log",
    temp: "/t",
    state: "/s/state.conf",
    vhosts: "/a/*.conf",
    http: { host: "0.0.0.0", port: 80 },
    web: { host: "0.0.0.0", port: 8080 },
    domain: "example.test",
  };

  it("names a user only where there is one to change to", () => {
    expect(renderMain(main)).not.toMatch(/^user /m);
    expect(renderMain({ ...main, user: "www-data" })).toMatch(/^user www-data;$/m);
  });

  it("stays within the files it may open", () => {
    expect(renderMain(main)).toContain("worker_rlimit_nofile 20000;");
    expect(renderMain(main)).toContain("worker_connections 8192;");
    expect(renderMain({ ...main, maxOpenFiles: 1024 })).toContain("worker_connections 512;");
  });

  it("reaches a Goku that listens everywhere on loopback, and IPv6 in brackets", () => {
    expect(renderMain(main)).toContain("server 127.0.0.1:8080;");
    const web = { host: "::", port: 8080 };
    expect(renderMain({ ...main, web })).toContain("server 127.0.0.1:8080;");
    const here = { host: "::1", port: 8080 };
    expect(renderMain({ ...main, web: here })).toContain("server [::1]:8080;");
  });

  it("passes no upgrade to HTTP/2 on", () => {
    expect(renderMain(main)).toMatch(/map \$http_upgrade \$goku_upgrade \{\s+~\*h2c "";/);
  });
});

describe("the state", () => {
  const state = { generation: 7, leaving: "/l/7", status: "/s.sock", https: null };

  it("listens to HTTPS only when an app does", () => {
    expect(renderState(state)).not.toContain("ssl");
    const https = { host: "0.0.0.0", port: 443 };
    expect(renderState({ ...state, https })).toContain("ssl_reject_handshake on;");
  });
});
