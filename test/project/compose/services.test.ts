import { expect, test } from "vitest";
import { bind, facts, type Literal, port, read, services } from "./read-literal.ts";
import { refusal } from "../reading.ts";

/** A service beside one that has HTTP. */
const worker = (part: Literal, more: Literal = {}, changes = {}) =>
  read(
    services({ web: {}, worker: part }, { "x-goku": { web: "web:80" }, ...more }),
    changes,
  ).services.find(({ name }) => name === "worker");

/** The one that has HTTP. */
const web = (part: Literal, more: Literal = {}) =>
  read(services({ web: { ports: [port(80, "8080")], ...part } }, more)).services[0];

test.each([
  ["a service", { services: { ["__proto__"]: { image: "x" }, web: { image: "x" } } }],
  ["a var", { services: { web: { image: "x", environment: { ["__proto__"]: "x" } } } }],
  ["a label", { services: { web: { image: "x", labels: { ["__proto__"]: "x" } } } }],
  ["part of an extension", { services: { web: { image: "x" } }, "x-a": [{ ["__proto__"]: 1 }] }],
])("%s called __proto__ is refused, and not forgotten", (_, file) => {
  expect(refusal(() => read(file))).toContain(
    "compose.yaml calls something __proto__, which Goku takes for no name.",
  );
});

test("a service may be called as an object's own property", () => {
  const part = { image: "x", build: { context: "/trees/blog" }, environment: { toString: "x" } };
  const { services: made, routes } = read({ services: { constructor: part, toString: part } });
  expect(made.map(({ name }) => name)).toEqual(["constructor", "toString"]);
  expect(routes).toEqual([]);
});

test.each([
  [{}, "always", true],
  [{ restart: "always" }, "always", false],
  [{ restart: "unless-stopped" }, "always", false],
  [{ restart: "no" }, "until-done", false],
  [{ restart: "on-failure:3" }, "until-done", false],
  [{ deploy: { restart_policy: { condition: "any" } } }, "always", false],
  [{ deploy: { restart_policy: { condition: "on-failure" } } }, "until-done", false],
  [{ deploy: { restart_policy: { condition: "none" } } }, "until-done", false],
  [{ restart: "always", deploy: { restart_policy: { condition: "none" } } }, "until-done", false],
  [{ deploy: { restart_policy: { max_attempts: 3 } } }, "always", true],
])("%j runs %s", (part, runs, keep) => {
  expect(worker(part)).toMatchObject({ runs, keep });
});

test("a service that others wait for to complete is a job", () => {
  const condition = "service_completed_successfully";
  const file = services({
    job: { restart: "always" },
    web: { depends_on: { job: { condition } } },
  });
  const [job, other] = read(file).services;
  expect(job).toMatchObject({ name: "job", runs: "until-done", keep: false });
  expect(other?.dependsOn).toEqual([{ service: "job", condition, required: true }]);
});

test("what is depended on and not there, since its profile is not wanted, is no dependency", () => {
  const dependsOn = { gone: { condition: "service_started", required: false } };
  expect(worker({ depends_on: dependsOn })?.dependsOn).toEqual([]);
});

test("replicas come from scale or deploy, and are not in the definition", () => {
  expect(worker({ scale: 2 })?.replicas).toBe(2);
  expect(worker({ deploy: { replicas: 3, resources: {} } })?.replicas).toBe(3);
  expect(worker({})?.replicas).toBe(1);
  const { definition } = read(services({ web: { scale: 2, deploy: { replicas: 2, mode: "x" } } }));
  expect(definition.services["web"]).toEqual({ networks: { default: null } });
});

test("an image that is built is no reference", () => {
  expect(worker({ image: "me/app", build: { context: "/trees/blog" } })?.image).toBeNull();
  expect(worker({ image: "redis:7" })?.image).toBe("redis:7");
});

const named = { volumes: { data: { name: "blog-main_data" } } };
const volume = (more: Literal = {}) => ({
  type: "volume",
  source: "data",
  target: "/data",
  ...more,
});

test.each([
  [{}, null],
  [{ ports: [port(99, "9090")] }, "it publishes port 9090 of the server"],
  [{ ports: [port(99)] }, null],
  [{ ports: [port(99, "9090-9099")] }, null],
  [{ volumes: [volume()] }, "it writes to the volume data"],
  [{ volumes: [volume({ read_only: true })] }, null],
  [{ volumes: [bind("data", "/data")] }, "it writes to ./data"],
  [{ volumes: [bind("data", "/data", { read_only: true })] }, null],
  [{ volumes: [bind("/srv/data", "/data")] }, "it writes to /srv/data"],
  [{ volumes: [bind("/run/docker.sock", "/run/docker.sock")] }, null],
  [{ volumes: [{ type: "tmpfs", target: "/x" }] }, null],
  [{ network_mode: "host", networks: undefined }, "it uses the server's network"],
  [{ networks: { default: { ipv4_address: "10.1.2.3" } } }, "it has the fixed address 10.1.2.3"],
  [{ mac_address: "02:42:ac:11:65:43" }, "it has the fixed address 02:42:ac:11:65:43"],
  [{ devices: [{ source: "/dev/ttyUSB0" }] }, "it uses a device of the server"],
  [{ network_mode: "service:db", networks: undefined }, "it shares a namespace of db"],
])("a worker with %j: %s", (part, why) => {
  expect(worker(part, named)?.noTwin).toBe(why);
});

test("a file of the tree is no data", () => {
  const part = { volumes: [bind("app.conf", "/app.conf")] };
  expect(worker(part, {}, { facts: facts({ "app.conf": "file" }) })?.noTwin).toBeNull();
});

test("a service has no twin while another lives in its namespace", () => {
  const file = services({ guest: { pid: "service:host" }, host: {} });
  expect(read(file).services.map(({ noTwin }) => noTwin)).toEqual([
    "it shares a namespace of host",
    "guest shares a namespace of it",
  ]);
});

test.each([
  [{}, null],
  [{ volumes: [volume()] }, null],
  [{ volumes: [bind("data", "/data")] }, null],
  [{ ports: [port(80, "8080"), port(9000, "9000")] }, "it publishes port 9000 of the server"],
  [{ networks: { default: { ipv4_address: "10.1.2.3" } } }, "it has the fixed address 10.1.2.3"],
])("the routed service with %j: %s", (part, why) => {
  expect(web(part, named)?.noTwin).toBe(why);
});

test("a port for HTTP that is to stay published costs the twin", () => {
  expect(web({}, { "x-goku": { publish: true } })?.noTwin).toBe(
    "it publishes port 8080 of the server",
  );
});

test("a file without services is refused", () => {
  expect(refusal(() => read({ services: {} }))).toContain("no service to run");
});

test.each([{ scale: 101 }, { deploy: { replicas: 100_000 } }])(
  "%j is more than a service can have",
  (many) => {
    expect(refusal(() => read(services({ web: {}, worker: many })))).toContain(
      "the service worker asks for",
    );
    expect(() => read(services({ web: {}, worker: { scale: 100 } }))).not.toThrow();
  },
);

test("a service without an image is refused", () => {
  const file = { services: { db: { provider: { type: "awesomecloud" } } } };
  expect(refusal(() => read(file))).toContain("db has neither an image nor a build");
});
