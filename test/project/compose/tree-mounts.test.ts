import { describe, expect, test } from "vitest";
import { bind, facts, inputOf, type Literal, read, services, tree } from "./read-literal.ts";
import type { PathFacts } from "../../../src/compose-ports.ts";
import { type Access, readTreeMounts } from "../../../src/project/compose/tree-mounts.ts";

const there = facts({
  "": "folder",
  html: "folder",
  "html/img": "folder",
  htmlx: "folder",
  "app.conf": "file",
  way: "/srv/elsewhere",
});

function fileAt(path: string, hash: string): PathFacts {
  return { where: "tree", form: "file", path, real: `${tree}/${path}`, hash };
}

/** Mounts of services, by their path and kind. */
function mountsOf(...volumes: Literal[]) {
  const file = services(
    Object.fromEntries(volumes.map((volume, index) => [`s${index}`, { volumes: [volume] }])),
  );
  return readTreeMounts(inputOf(file, { facts: there })).mounts.map(
    ({ path, kind, form }) => `${path} ${kind} ${form}`,
  );
}

const readOnly = { read_only: true };

test.each([
  ["what the tree does not have is kept", bind("data", "/d"), "data kept folder"],
  ["even if it is only read", bind("data", "/d", readOnly), "data kept folder"],
  [
    "a folder that is only read is its content",
    bind("html", "/d", readOnly),
    "html content folder",
  ],
  ["a folder that may be written to is kept", bind("html", "/d"), "html kept folder"],
  ["a single file is its content", bind("app.conf", "/f"), "app.conf content file"],
  ["the tree itself is kept", bind("", "/app"), " kept folder"],
])("%s", (_, volume, mount) => {
  expect(mountsOf(volume)).toEqual([mount]);
});

test("a folder that one writes to and another reads is the same for both", () => {
  expect(mountsOf(bind("html", "/a"), bind("html", "/b", readOnly))).toEqual(["html kept folder"]);
});

test("so is one inside of what another writes to, while a file there is still its content", () => {
  expect(
    mountsOf(bind("", "/a"), bind("html/img", "/b", readOnly), bind("app.conf", "/c", readOnly)),
  ).toEqual([" kept folder", "app.conf content file", "html/img kept folder"]);
  expect(mountsOf(bind("html", "/a"), bind("htmlx", "/b", readOnly))).toEqual([
    "html kept folder",
    "htmlx content folder",
  ]);
});

test("the same content mounted twice is there once", () => {
  expect(mountsOf(bind("html", "/a", readOnly), bind("html", "/b", readOnly))).toHaveLength(1);
});

describe("files of equal content", () => {
  const [a, b, other] = [fileAt("a", "same"), fileAt("b", "same"), fileAt("other", "else")];
  const way = { ...fileAt("way", "same"), path: "a" };
  const alike = new Map([a, b, way, other].map((fact) => [fact.real, fact]));

  type Mounted = readonly [fact: PathFacts, access: Access];
  /** Where each is found, mounted by a service of its own. */
  function sourcesOf(...mounted: Mounted[]) {
    const file = services(
      Object.fromEntries(
        mounted.map(([{ real }, access], index) => [
          `s${index}`,
          { volumes: [bind(real, "/f", access === "reads" ? readOnly : {})] },
        ]),
      ),
    );
    const found = readTreeMounts(inputOf(file, { facts: alike }));
    const sources = mounted.map(([{ real }, access]) => found.source(real, access));
    // What is put in place is what containers look for, and where its hash says.
    expect(new Set(found.mounts.map((mount) => mount.source))).toEqual(new Set(sources));
    expect(found.mounts.map(({ hash }) => `/goku/content/${hash}`)).toEqual(
      found.mounts.map((mount) => mount.source),
    );
    return sources;
  }

  test("are one where all only read them", () => {
    const same = "/goku/content/same";
    expect(sourcesOf([a, "reads"], [b, "reads"], [other, "writes"])).toEqual([
      same,
      same,
      "/goku/content/else",
    ]);
  });

  test.each<[string, Access, Access]>([
    ["both are written to", "writes", "writes"],
    ["one is written to", "writes", "reads"],
    ["the other is", "reads", "writes"],
  ])("are each their own where %s", (_, one, two) => {
    const [ofA, ofB] = sourcesOf([a, one], [b, two]);
    expect(ofA).not.toBe(ofB);
    // Nor what either was while it was alone, which has been written to.
    expect([ofA, ofB]).not.toContain("/goku/content/same");
    expect(sourcesOf([b, two], [other, "reads"], [a, one])).toEqual([
      ofB,
      "/goku/content/else",
      ofA,
    ]);
  });

  test("are one file where a symlink leads from one to the other", () => {
    const same = "/goku/content/same";
    expect(sourcesOf([a, "writes"], [way, "writes"])).toEqual([same, same]);
  });

  test("are the same for all that mount the same one", () => {
    const [ofA, ofB, again] = sourcesOf([a, "writes"], [b, "writes"], [a, "reads"]);
    expect(again).toBe(ofA);
    expect(ofB).not.toBe(ofA);
  });
});

test("what lies outside of the tree stays as it is, and is no mount of the tree", () => {
  const file = services({
    a: { volumes: [bind("/etc/x", "/x"), bind("way", "/y"), bind("../up", "/z")] },
  });
  const project = read(file, { facts: there });
  expect(project.mounts).toEqual([]);
  expect(project.definition.services["a"]?.["volumes"]).toMatchObject([
    { source: "/etc/x" },
    { source: "/srv/elsewhere" },
    { source: "/trees/up" },
  ]);
});

test("containers mount what Goku has put aside, never the checkout", () => {
  const file = services({
    a: { volumes: [bind("data", "/d"), bind("html", "/h", readOnly), bind("app.conf", "/f")] },
  });
  const { definition, mounts } = read(file, { facts: there });
  expect(definition.services["a"]?.["volumes"]).toEqual([
    { type: "bind", source: "/goku/kept/data", target: "/d" },
    { type: "bind", source: "/goku/content/hash-of-html", target: "/h", read_only: true },
    { type: "bind", source: "/goku/content/hash-of-app.conf", target: "/f" },
  ]);
  expect(JSON.stringify(definition)).not.toContain(tree);
  expect(mounts.map(({ path, hash, source }) => [path, hash, source])).toEqual([
    ["app.conf", "hash-of-app.conf", "/goku/content/hash-of-app.conf"],
    ["data", null, "/goku/kept/data"],
    ["html", "hash-of-html", "/goku/content/hash-of-html"],
  ]);
});

test("a dollar in a path is one for the server and two for docker compose", () => {
  const file = services({ a: { volumes: [bind("a$$b", "/d")] } });
  const { definition, mounts } = read(file);
  expect(mounts[0]).toMatchObject({ path: "a$b", source: "/goku/kept/a$b" });
  expect(definition.services["a"]?.["volumes"]).toMatchObject([{ source: "/goku/kept/a$$b" }]);
});

test("a folder behind a volume lives with the app, be it written from the top or not", () => {
  const options = (device: string) => ({ driver_opts: { type: "none", o: "bind", device } });
  const volumes = { a: options(`${tree}/data`), b: options("./data"), c: options("/srv/c") };
  const mount = (source: string) => ({ type: "volume", source, target: `/${source}` });
  const file = services({ a: { volumes: ["a", "b", "c"].map(mount) } }, { volumes });
  const project = read(file);
  const devices = Object.values(project.definition.volumes).map((part) => part["driver_opts"]);
  expect(devices).toMatchObject([
    { device: "/goku/kept/data" },
    { device: "/goku/kept/data" },
    { device: "/srv/c" },
  ]);
  expect(project.mounts.map(({ path }) => path)).toEqual(["data"]);
});

test("a whole tree that is kept is told, since pushes no longer change it", () => {
  const notes = (more: Literal) =>
    read(services({ web: { volumes: [bind("", "/app", more)] } }), { facts: there }).notes;
  expect(notes({}).join()).toContain("later pushes do not change it");
  expect(notes(readOnly)).toEqual([]);
});
