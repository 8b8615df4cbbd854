import { expect, test } from "vitest";
import { refusal } from "../reading.ts";
import { type Literal, port, read, services } from "./read-literal.ts";

const web = (part: Literal, more: Literal = {}) =>
  read(services({ web: part, db: {} }, more)).definition.services["web"];

const plainPart = { networks: { default: null } };

test.each([
  ["build", { context: "/trees/blog" }],
  ["depends_on", { db: { condition: "service_started" } }],
  ["profiles", ["a"]],
  ["develop", { watch: [] }],
  ["scale", 2],
  ["pull_policy", "always"],
  ["command", null],
  ["x-note", "a"],
  ["deploy", { replicas: 2, placement: {}, update_config: { order: "start-first" } }],
  ["labels", { "goku.app": "other", "com.docker.compose.project": "other" }],
  ["environment", { SECRET: null }],
  ["links", ["db"]],
])("%s is not what a container is made from", (key, value) => {
  expect(web({ [key]: value })).toEqual(plainPart);
});

test("what a container is made from stays as docker compose says it", () => {
  const part = {
    command: ["a", "$$b"],
    mem_limit: "64m",
    healthcheck: { test: ["CMD", "true"] },
    labels: { a: "b" },
    environment: { A: "1" },
    deploy: { resources: { limits: { memory: "1" } }, restart_policy: { condition: "any" } },
    restart: "on-failure",
  };
  expect(web(part)).toEqual({ ...part, ...plainPart });
});

test("of labels only reserved ones go", () => {
  expect(web({ labels: { "Goku.app": "x", "gokux.app": "y" } })).toMatchObject({
    labels: { "gokux.app": "y" },
  });
});

test("the port that leads to HTTP is left free, and the pusher told", () => {
  const ports = [port(80, "8080"), port(80, "8080", "udp"), port(9000, "9000")];
  const project = read(services({ web: { ports } }));
  expect(project.definition.services["web"]?.["ports"]).toEqual(ports.slice(1));
  expect(project.notes.join()).toContain("Port 8080 of the server stays free");
});

test("it stays published where its author wants that", () => {
  const ports = [port(80, "8080")];
  const file = services({ web: { ports } }, { "x-goku": { publish: true } });
  expect(read(file).definition.services["web"]?.["ports"]).toEqual(ports);
});

test("what is asked of the server is told without what Goku leaves out", () => {
  const file = services(
    { web: { ports: [port(80, "80")] } },
    { volumes: { a: { name: "theirs" } } },
  );
  expect(read(file).findings).toEqual([]);
  expect(read({ ...file, "x-goku": { publish: true } }).findings).not.toEqual([]);
});

test("a container's name is an alias of its service, for a container can have it only once", () => {
  expect(web({ container_name: "blog" })).toEqual({
    "x-goku-container-name": "blog",
    networks: { default: { aliases: ["blog"] } },
  });
  expect(web({ container_name: "blog", networks: undefined, network_mode: "bridge" })).toEqual({
    "x-goku-container-name": "blog",
    network_mode: "bridge",
  });
});

test("a link's alias is given to the service it leads to, on what the two share", () => {
  const networks = { default: null, back: null };
  const parts = {
    web: { links: ["db:database", "cache"], networks },
    db: { networks: { back: { aliases: ["sql"], priority: 1 } } },
    cache: { networks: { front: null } },
  };
  const { definition, notes } = read(services(parts));
  expect(definition.services["db"]).toEqual({
    networks: { back: { aliases: ["sql", "database"], priority: 1 } },
  });
  expect(definition.services["web"]).toEqual({ networks });
  expect(notes).toContain("The link of web to cache leads nowhere: they share no network.");
});

test.each([
  [{ a: { links: ["x:db"] }, b: { links: ["y:db"] }, x: {}, y: {} }, 'x and y "db"'],
  [{ a: { links: ["x:y"] }, x: {}, y: {} }, 'x and y "y"'],
])("a name that would be two services is refused", (parts, who) => {
  expect(refusal(() => read(services(parts)))).toContain(who);
});

test("the same alias for the same service is no quarrel", () => {
  const parts = { a: { links: ["x:db"] }, b: { links: ["x:db"] }, x: { container_name: "db" } };
  expect(read(services(parts)).definition.services["x"]?.["networks"]).toEqual({
    default: { aliases: ["db"] },
  });
});

test("volumes and networks are called by their keys, whatever the file calls them", () => {
  const project = read(
    services(
      { web: {} },
      {
        volumes: { db: { name: "theirs" }, own: { name: "blog-main_own" } },
        networks: { back: { name: "b" } },
      },
    ),
  );
  expect(project.definition.volumes).toEqual({
    db: { "x-goku-name": "db" },
    own: { "x-goku-name": "own" },
  });
  expect(project.definition.networks).toEqual({ back: { "x-goku-name": "back" } });
  expect(project.notes).toContain("The volume db is called blog-main_db here, and not theirs.");
  expect(project.notes).toContain("The network back is called blog-main_back here, and not b.");
  expect(project.notes.join()).not.toContain("own");
});

test("external ones stay who they are", () => {
  const external = { external: true, name: "theirs" };
  const project = read(
    services({ web: {} }, { volumes: { a: external }, networks: { b: external } }),
  );
  expect(project.definition.volumes["a"]).toEqual(external);
  expect(project.definition.networks["b"]).toEqual(external);
});

test("a network with other options is another network", () => {
  const named = (options: Literal) =>
    read(services({ web: {} }, { networks: { back: { name: "blog-main_back", ...options } } }))
      .definition.networks["back"]?.["x-goku-name"];
  const internal = named({ internal: true, ipam: {} });
  expect(internal).toMatch(/^back-[0-9a-f]{8}$/);
  expect(named({ ipam: {}, internal: true })).toBe(internal);
  expect(named({ internal: true, labels: { a: "b" } })).not.toBe(internal);
  expect(named({ ipam: {}, labels: { "goku.app": "x" } })).toBe("back");
});

const data = { type: "volume", source: "data", target: "/data", volume: {} };

test("volumes of another service are a service's own, so that it needs no container of it", () => {
  const parts = {
    web: { volumes_from: ["db:ro", "container:old"], volumes: [{ type: "tmpfs", target: "/tmp" }] },
    db: { volumes: [data, { type: "tmpfs", target: "/tmp", tmpfs: { size: 1 } }] },
  };
  expect(read(services(parts, { volumes: { data: {} } })).definition.services["web"]).toEqual({
    volumes: [
      { type: "tmpfs", target: "/tmp" },
      { ...data, read_only: true },
    ],
    volumes_from: ["container:old"],
    ...plainPart,
  });
});

test("a volume without a name that others use gets one", () => {
  const anonymous = { type: "volume", target: "/assets" };
  const build = { context: "/trees/blog" };
  const { definition } = read(
    services({ assets: { build, volumes: [anonymous] }, web: { volumes_from: ["assets"] } }),
  );
  const [key = ""] = Object.keys(definition.volumes);
  expect(key).toMatch(/^assets-assets-[0-9a-f]{8}$/);
  expect(definition.services["web"]?.["volumes"]).toEqual([{ ...anonymous, source: key }]);
  expect(definition.services["assets"]?.["volumes"]).toEqual([{ ...anonymous, source: key }]);
});

test("a volume without a name outlives its container, but for what a build puts there and for replicas", () => {
  const volumes = [{ type: "volume", target: "/var/lib/mysql" }];
  const keys = (part: Literal) =>
    Object.keys(read(services({ db: { volumes, ...part } })).definition.volumes);
  expect(keys({})).toHaveLength(1);
  expect(keys({ build: { context: "/trees/blog" } })).toEqual([]);
  expect(keys({ scale: 2 })).toEqual([]);
});

test("what is told of docker compose's warnings has no path of this checkout", () => {
  const warnings = ["/trees/blog/compose.yaml: `version` is obsolete", "/trees/blog/a.env: odd"];
  expect(read(services({ web: {} }), { warnings }).notes).toEqual(["a.env: odd"]);
});

test("vars that are not set and hooks that are not run are told", () => {
  const notes = read(
    services({ web: { environment: { A: null, B: null, C: "" }, post_start: [{ command: "x" }] } }),
  ).notes.join("\n");
  expect(notes).toContain("web gets no A, B: they are not among the config vars");
  expect(notes).toContain("post_start of web is not run here.");
});
