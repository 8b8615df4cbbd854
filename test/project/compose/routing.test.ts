import { expect, test } from "vitest";
import { feature, refusal } from "../reading.ts";
import { type Literal, port, read, services } from "./read-literal.ts";

const routesOf = (literal: Literal, exposed: Readonly<Record<string, number[]>> = {}) =>
  read(literal, { exposed: new Map(Object.entries(exposed)) }).routes.map(
    (route) => `${route.service}:${route.port}`,
  );

const label = { labels: { "traefik.http.services.x.loadbalancer.server.port": "3000" } };

test("a label of traefik counts before every port", () => {
  const file = services({ a: { ports: [port(80, "80")] }, b: { ...label, expose: ["80"] } });
  expect(routesOf(file)).toEqual(["b:3000"]);
});

test("a label for Swarm counts too, one that traefik is told to pass over does not", () => {
  expect(routesOf(services({ a: {}, b: { deploy: label } }))).toEqual(["b:3000"]);
  const closed = { labels: { ...label.labels, "traefik.enable": "false" } };
  expect(routesOf(services({ a: closed, b: { ports: [port(80)] } }))).toEqual(["b:80"]);
});

test("what traefik is told to pass over is chosen where nothing else is", () => {
  const closed = { labels: { "traefik.enable": "false" }, ports: [port(80)] };
  expect(routesOf(services({ a: closed, b: {} }))).toEqual(["a:80"]);
  expect(routesOf(services({ a: closed, b: { ports: [port(90)] } }))).toEqual(["b:90"]);
});

test("ports count before expose, and expose before what a Dockerfile exposes", () => {
  const a = { build: { context: "/trees/blog" } };
  const exposed = { a: [1234] };
  const b = { expose: ["3000-3002"] };
  expect(routesOf(services({ a, b, c: { ports: [port(8080, "80")] } }), exposed)).toEqual([
    "c:8080",
  ]);
  expect(routesOf(services({ a, b, c: {} }), exposed)).toEqual(["b:3000"]);
  expect(routesOf(services({ a, c: {} }), exposed)).toEqual(["a:1234"]);
});

test.each([5432, 3306, 6379, 27017, 5672, 11211, 25, 22, 1433, 9042])(
  "%d is never HTTP",
  (number) => {
    expect(
      routesOf(services({ a: { ports: [port(number, "1")] }, b: { expose: ["80"] } })),
    ).toEqual(["b:80"]);
  },
);

test("UDP is no HTTP", () => {
  expect(
    routesOf(services({ a: { ports: [port(53, "53", "udp")], expose: ["54/udp"] }, b: {} })),
  ).toEqual([]);
});

test("of several services the one called web has it, then app, and the pusher is told", () => {
  const some = { ports: [port(80)] };
  expect(routesOf(services({ admin: some, app: some, web: some }))).toEqual(["web:80"]);
  const project = read(services({ admin: some, app: some }));
  expect(project.routes[0]?.service).toBe("app");
  expect(project.notes).toContain("HTTP goes to app, and not to admin, for its name.");
});

test("several that may be meant are refused with the lines to add", () => {
  const file = services({
    back: { ports: [port(8000)] },
    front: { ports: [port(443), port(3000)] },
  });
  const text = refusal(() => read(file));
  expect(text).toContain("which of its services answers HTTP; these may: back and front.");
  expect(text).toContain('x-goku: {web: "back:8000"} or x-goku: {web: "front:3000"}');
});

test("of several ports of one service 443 comes last, and the pusher is told", () => {
  const project = read(services({ web: { ports: [port(443, "443"), port(80, "80"), port(90)] } }));
  expect(project.routes[0]?.port).toBe(80);
  expect(project.notes[0]).toBe("Of the ports 80, 90, 443 of web, 80 answers HTTP.");
});

test("a service without ports is left to its image if it is called so or alone", () => {
  expect(routesOf(services({ web: {}, other: {} }))).toEqual(["web:0"]);
  expect(routesOf(services({ app: {}, other: {} }))).toEqual(["app:0"]);
  expect(routesOf(services({ site: {} }))).toEqual(["site:0"]);
  expect(routesOf(services({ site: {}, other: {} }))).toEqual([]);
});

test("one whose only port is a database's is none without ports", () => {
  expect(routesOf(services({ db: { ports: [port(5432)] } }))).toEqual([]);
});

test("no HTTP is said, with the line that changes it", () => {
  const [note] = read(services({ a: {}, b: {} })).notes;
  expect(note).toContain("no service of compose.yaml names a port that may be HTTP");
  expect(note).toContain('x-goku: {web: "SERVICE:PORT"}');
});

test("an only service in the server's network has no HTTP, and is told why", () => {
  const project = read(services({ assistant: { network_mode: "host" } }));
  expect(project.routes).toEqual([]);
  expect(project.notes[0]).toContain("network_mode: host gives it no address of its own");
});

test.each([
  [{ network_mode: "host" }, "no address of its own"],
  [{ network_mode: "none" }, "no network"],
  [{ network_mode: "service:db" }, "address of another container"],
  [{ network_mode: "container:db" }, "address of another container"],
  [{ scale: 0 }, "no container of it"],
])("a routed service with %j is refused", (part, why) => {
  const file = services({ web: part, db: {} }, { "x-goku": { web: "web:80" } });
  expect(refusal(() => read(file))).toContain(why);
});

test("a service whose namespace another shares cannot be routed", () => {
  const file = services({ web: { ports: [port(80)] }, guest: { network_mode: "service:web" } });
  expect(refusal(() => read(file))).toContain("guest lives in its namespaces");
});

test("x-goku wins over all labels and ports", () => {
  const file = services({ a: label, b: {} }, { "x-goku": { web: "b:81" } });
  expect(routesOf(file)).toEqual(["b:81"]);
});

const given = { web: "web:99" };
const routed = { routes: { "a.org": "web:99" } };

test.each([
  [given, { ports: [port(3000, "3000")] }, "3000"],
  [routed, { ports: [port(3000, "3000")] }, "3000"],
  [given, { ports: [port(99, "99", "udp"), port(53)], expose: ["53", "80-90"] }, "53, 80-90"],
  [given, label, "3000"],
])("x-goku: %j is refused where the file has other ports: %j", (extension, part, names) => {
  const file = services({ web: part, db: {} }, { "x-goku": extension });
  const text = refusal(() => read(file));
  expect(text).toContain(`port 99 of web, for which the file has only ${names}.`);
  expect(text).toContain(`"web:${names.split(",")[0]}"`);
  expect(text).toContain('expose: ["99"]');
});

test.each([
  [{ ports: [port(3000, "3000"), port(99, "8099")] }, {}],
  [{ ports: [port(3000)], expose: ["98-100/tcp"] }, {}],
  [{ ports: [port(3000)], build: { context: "/trees/blog" } }, { web: [80, 99] }],
  [{ build: { context: "/trees/blog" } }, { web: [3000] }],
  [{ ports: [port(53, "53", "udp")] }, {}],
])("x-goku: {web: web:99} counts with %j", (part, exposed) => {
  expect(routesOf(services({ web: part }, { "x-goku": given }), exposed)).toEqual(["web:99"]);
});

test("x-goku may leave the port to the service", () => {
  const web = { "x-goku": { web: "b" } };
  expect(routesOf(services({ b: { ports: [port(5432), port(82)] } }, web))).toEqual(["b:82"]);
  expect(routesOf(services({ b: {} }, web))).toEqual(["b:0"]);
});

test("web: false is no HTTP, and nothing is said about it", () => {
  const project = read(services({ web: {} }, { "x-goku": { web: false } }));
  expect([project.routes, project.notes]).toEqual([[], []]);
});

const two = { "api.shop.org": "api:3000", "shop.org": "front:80", "www.shop.org": "front:80" };
const shop = services({ api: {}, front: {} }, { "x-goku": { web: "front:80", routes: two } });

test("routes come together by where they lead, the default one first", () => {
  expect(read(shop).routes).toEqual([
    { service: "front", port: 80, domains: ["shop.org", "www.shop.org"] },
    { service: "api", port: 3000, domains: ["api.shop.org"] },
  ]);
});

test("web beside routes that lead elsewhere is a route of its own", () => {
  const file = services({ a: {}, b: {} }, { "x-goku": { web: "a:1", routes: { "b.org": "b:2" } } });
  expect(read(file).routes).toEqual([
    { service: "a", port: 1, domains: [] },
    { service: "b", port: 2, domains: ["b.org"] },
  ]);
});

test("of routes alone, the default one is the only one, or that of web or app", () => {
  const routes = { "a.org": "api:1", "b.org": "web:2" };
  const file = services({ api: {}, web: {}, other: {} }, { "x-goku": { routes } });
  expect(routesOf(file)).toEqual(["web:2", "api:1"]);
  const only = services({ api: {}, other: {} }, { "x-goku": { routes: { "a.org": "api:1" } } });
  expect(routesOf(only)).toEqual(["api:1"]);
});

test("routes without a default one are refused with what to add", () => {
  const file = services(
    { a: {}, b: {} },
    { "x-goku": { routes: { "a.org": "a:1", "b.org": "b" } } },
  );
  expect(refusal(() => read(file))).toContain('web: "a:1" or web: "b"');
});

test("domains count on the default branch only", () => {
  const project = read(shop, { app: feature });
  expect(project.routes).toEqual([{ service: "front", port: 80, domains: [] }]);
  expect(project.notes.join()).toContain("default branch only");
});

test("a port for HTTP is left free on other branches, too, where it has no domain", () => {
  const file = services(
    { api: { ports: [port(3000, "3000")] }, front: {} },
    { "x-goku": { web: "front:80", routes: { "api.org": "api:3000" } } },
  );
  expect(read(file, { app: feature }).definition.services["api"]).not.toHaveProperty("ports");
});

test("a domain that x-goku and CNAME name is x-goku's", () => {
  const project = read(shop, { files: new Map([["CNAME", "blog.org\napi.shop.org\n"]]) });
  expect(project.domains).toEqual(["blog.org"]);
});
