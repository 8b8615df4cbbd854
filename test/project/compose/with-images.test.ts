import { expect, test } from "vitest";
import { withImages } from "../../../src/project/compose/with-images.ts";
import { bind, type Literal, port, read, services } from "./read-literal.ts";

const image = (facts: { ports?: number[]; volumes?: string[] } = {}) => ({
  id: "sha256:1",
  ports: [],
  volumes: [],
  ...facts,
});

const withImage = (part: Literal, facts: Parameters<typeof image>[0], more: Literal = {}) =>
  withImages(read(services({ db: part }, more)), { db: image(facts) });

test("images are pinned by their ids", () => {
  expect(withImage({}, {}).images).toEqual({ db: "sha256:1" });
});

test("a VOLUME that nothing covers gets a name, and its service no twin", () => {
  const project = withImage({ ports: [port(3306)] }, { volumes: ["/var/lib/mysql"] });
  const [key = ""] = Object.keys(project.definition.volumes);
  expect(key).toMatch(/^db-var-lib-mysql-[0-9a-f]{8}$/);
  expect(project.definition.volumes[key]).toEqual({ "x-goku-name": key });
  expect(project.definition.services["db"]?.["volumes"]).toEqual([
    { type: "volume", source: key, target: "/var/lib/mysql", volume: {} },
  ]);
  expect(project.services[0]?.noTwin).toBe(`it writes to the volume ${key}`);
});

test.each([
  [{ volumes: [{ type: "volume", source: "data", target: "/data/" }] }],
  [{ volumes: [bind("data", "/data")] }],
  [{ volumes: [{ type: "tmpfs", target: "/data" }] }],
  [{ tmpfs: ["/data:size=1m"] }],
  [{ build: { context: "/trees/blog" }, volumes: [{ type: "volume", target: "/data" }] }],
])("%j covers a VOLUME", (part) => {
  const more = { volumes: { data: {} } };
  const before = read(services({ db: part }, more)).definition;
  expect(withImage(part, { volumes: ["/data"] }, more).definition).toEqual(before);
});

test("a mount above a VOLUME does not cover it, and a VOLUME named twice is one", () => {
  const project = withImage(
    { volumes: [bind("data", "/data")] },
    { volumes: ["/data/db", "/data/db/"] },
  );
  expect(project.definition.services["db"]?.["volumes"]).toHaveLength(2);
});

test("the same path has the same name in every release", () => {
  const names = () => Object.keys(withImage({}, { volumes: ["/b", "/a"] }).definition.volumes);
  expect(names()).toEqual(names());
  expect(names()).toHaveLength(2);
});

test("replicas of a service that has no HTTP do not share what nobody said they share", () => {
  const project = withImage({ scale: 2, ports: [port(6379)] }, { volumes: ["/data"] });
  expect(project.definition.volumes).toEqual({});
  expect(project.notes.join()).toContain("Each container of db has a /data of its own");
});

test("a routed service shares its VOLUME with its twin; of a built one the pusher is told", () => {
  const part = { ports: [port(80)], build: { context: "/trees/blog" } };
  const project = withImage(part, { volumes: ["/var/www"] });
  expect(project.services[0]?.noTwin).toBeNull();
  expect(Object.keys(project.definition.volumes)).toHaveLength(1);
  expect(project.notes.join()).toContain("/var/www of db is a VOLUME of its image");
});

test.each([
  [[8080], 8080],
  [[443, 80], 80],
  [[443], 443],
  [[5432, 9000, 9001], 9000],
])("a route without a port gets one of the image's %j: %d", (ports, wanted) => {
  expect(withImage({}, { ports }).routes).toEqual([{ service: "db", port: wanted, domains: [] }]);
});

test.each([[[]], [[5432]]])(
  "an image that exposes %j has no HTTP, and the pusher is told",
  (ports) => {
    const project = withImage({}, { ports, volumes: ["/data"] });
    expect(project.routes).toEqual([]);
    expect(project.services[0]?.noTwin).toContain("it writes to the volume");
    expect(project.notes.join()).toContain('x-goku: {web: "db:PORT"}');
  },
);

test("a route that has a port keeps it", () => {
  expect(withImage({ expose: ["81"] }, { ports: [80] }).routes[0]?.port).toBe(81);
});

const built = { build: { context: "/trees/blog" }, image: undefined, ports: [port(6379)] };
const writing = { ...built, volumes: [{ type: "volume", source: "data", target: "/data" }] };

test.each([
  ["code of the project's own that writes to a volume", writing, [], null],
  ["the same where its image says VOLUME", writing, ["/data"], "it writes to the volume data"],
  ["or a folder in it", writing, ["/data/db/"], "it writes to the volume data"],
  ["or another folder", writing, ["/database"], /it writes to the volume db-database/],
])("%s", (_what, part, volumes, why) => {
  const { noTwin } = withImage(part, { volumes }, { volumes: { data: {} } }).services[0] ?? {};
  if (why === null) {
    expect(noTwin).toBeNull();
  } else {
    expect(noTwin).toMatch(why);
  }
});
