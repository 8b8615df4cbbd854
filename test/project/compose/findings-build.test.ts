import { describe, expect, it } from "vitest";
import { imagesOfOthers } from "../../../src/project/compose/findings.ts";
import {
  findingsOfModel,
  findingsOfWeb,
  inside,
  leadingTo,
  missing,
  treePath,
} from "./findings-of.ts";
import { processorClock } from "../../support/processor-time.ts";

const facts = {
  [treePath("")]: inside(""),
  [treePath("").replace(/\/$/, "")]: inside(""),
  [treePath("Dockerfile")]: inside("Dockerfile"),
};
const context = treePath("").replace(/\/$/, "");
const build = (more: object) => findingsOfWeb({ build: { context, ...more } }, facts);

describe("builds", () => {
  it.each([
    { dockerfile: "Dockerfile", args: { A: "1" }, target: "run", network: "none" },
    { network: "default", pull: true, no_cache: true, platforms: ["linux/amd64"], ssh: [] },
    { additional_contexts: { a: "https://example.org/a.git", b: "docker-image://alpine:3" } },
    { additional_contexts: { a: "service:db" }, cache_from: ["alpine:3", "type=gha"] },
    { cache_from: ["type=registry,ref=ghcr.io/a/b:cache"], cache_to: ["type=inline"] },
  ])("%j stays within the tree", (more) => {
    expect(build(more)).toEqual([]);
  });

  it.each([
    [{ context: "/etc" }, "builds with /etc, outside of the tree"],
    [
      { context: "file:///srv/git/shop.git" },
      "builds with file:///srv/git/shop.git, outside of the tree",
    ],
    [{ dockerfile: "/etc/shadow" }, "builds with /etc/shadow, outside of the tree"],
    [{ dockerfile: "../2b3c/Dockerfile" }, "builds with ../2b3c/Dockerfile, outside of the tree"],
    [{ additional_contexts: { a: "/root" } }, "builds with /root, outside of the tree"],
    [
      { additional_contexts: { a: "oci-layout:///var/lib/x" } },
      "builds with /var/lib/x, outside of the tree",
    ],
    [{ cache_from: ["type=local,src=/root"] }, "builds with /root, outside of the tree"],
    [{ cache_to: ["type=local, dest=/usr/bin"] }, "builds with /usr/bin, outside of the tree"],
    [{ context: treePath("../shared") }, "builds with ../shared, outside of the tree"],
    [{ labels: { "goku.app": "shop-main", a: "b" } }, "sets the label goku.app on its image"],
    [{ network: "host" }, "sets build.network: host"],
    [{ network: "container:shop" }, "sets build.network: container:shop"],
    [{ privileged: true }, "sets build.privileged: true"],
    [{ entitlements: ["network.host"] }, 'sets build.entitlements: ["network.host"]'],
    [{ ssh: ["default"] }, 'sets build.ssh: ["default"]'],
  ])("%j leaves it", (more, text) => {
    expect(build(more)).toEqual([`build: service web ${text}`]);
  });

  it("follow symlinks of the tree", () => {
    const link = treePath("app");
    const known = {
      [link]: leadingTo("/srv"),
      [`${link}/Dockerfile`]: leadingTo("/srv/Dockerfile"),
    };
    expect(findingsOfWeb({ build: { context: link, dockerfile: "Dockerfile" } }, known)).toEqual([
      "build: service web builds with ./app, which leads to /srv, outside of the tree",
    ]);
  });

  it("follow a Dockerfile that is a symlink, named or not", () => {
    const known = { ...facts, [treePath("Dockerfile")]: leadingTo("/etc/passwd") };
    expect(findingsOfWeb({ build: { context } }, known)).toEqual([
      "build: service web builds with ./Dockerfile, which leads to /etc/passwd, outside of the tree",
    ]);
  });

  it("may name a Dockerfile that is not there: the build says so", () => {
    const known = { ...facts, [treePath("Dockerfile.dev")]: missing("Dockerfile.dev") };
    expect(findingsOfWeb({ build: { context, dockerfile: "Dockerfile.dev" } }, known)).toEqual([]);
  });

  it("are shown no secret that is a file of the server", () => {
    const services = { web: { build: { context, secrets: [{ source: "npm" }] } } };
    const secrets = { npm: { file: "/root/.npmrc" } };
    expect(findingsOfModel({ services, secrets }, facts)).toEqual([
      "build: service web builds with the secret npm, the file /root/.npmrc",
      "host-mounts: secret npm is the file /root/.npmrc",
    ]);
  });
});

describe("images", () => {
  it.each([
    "shop-main",
    "shop-main:v3",
    "shop-main/web:v3",
    "docker.io/library/shop-main:v3",
    "registry.example.org:5000/team/shop-main@sha256:0123",
  ])("%s is another app's", (image) => {
    const text = `uses the image ${image} of the app shop-main`;
    expect(findingsOfWeb({ image })).toEqual([`images: service web ${text}`]);
    expect(imagesOfOthers([image], ["shop-main"])).toEqual([
      { kind: "images", text: `the build ${text}` },
    ]);
  });

  it.each(["3f2a", "sha256:0123", "cafe0123cafe"])("%s is an id, and any app's", (image) => {
    expect(findingsOfWeb({ image })).toEqual([
      `images: service web uses the image ${image} by its id, so that it may be any app's`,
    ]);
  });

  it.each([
    "postgres:16",
    "ghcr.io/shop-mainz/web:1",
    "shop:main",
    "blog-main:v1",
    "cafe:1",
    "library/ada",
    "example.org:5000/x",
  ])("%s is for everybody", (image) => {
    expect(findingsOfWeb({ image })).toEqual([]);
    expect(imagesOfOthers([image], ["shop-main"])).toEqual([]);
  });

  it("of others are found in what a build starts from", () => {
    expect(build({ additional_contexts: { base: "docker-image://shop-main:v1" } })).toEqual([
      "images: service web uses the image shop-main:v1 of the app shop-main",
    ]);
    expect(build({ cache_from: ["type=registry,ref=shop-main:v1"] })).toEqual([
      "images: service web uses the image shop-main:v1 of the app shop-main",
    ]);
  });

  it("of others are found in a Dockerfile within the file, in every stage", () => {
    const inline =
      "ARG BASE=alpine\nFROM $${BASE} AS one\nCOPY --from=shop-main:v1 / /\nFROM alpine\n";
    expect(
      build({ dockerfile_inline: inline, args: { BASE: "shop-main:v2" }, target: "one" }),
    ).toEqual([
      "images: service web uses the image shop-main:v2 of the app shop-main",
      "images: service web uses the image shop-main:v1 of the app shop-main",
    ]);
    expect(build({ dockerfile_inline: "FROM alpine\n" })).toEqual([]);
    expect(build({ dockerfile_inline: "no Dockerfile" })).toEqual([]);
  });

  it("of others are found by their names however odd what stands before the tag is", () => {
    const spentMs = processorClock();
    const colons = ":".repeat(200_000);
    expect(findingsOfWeb({ image: `${colons}/x` })).toEqual([]);
    expect(findingsOfWeb({ image: "a:b:c/shop-main:1:2" })).toHaveLength(1);
    expect(spentMs()).toBeLessThan(1000);
  });

  it("of others are told by the first of them, and how many more there are", () => {
    const lines = Array.from({ length: 5000 }, (_, at) => `FROM shop-main:${at}\n`);
    const found = build({ dockerfile_inline: lines.join("") });
    expect(found).toHaveLength(21);
    expect(found[19]).toBe("images: service web uses the image shop-main:19 of the app shop-main");
    expect(found[20]).toBe("images: service web uses 4980 more that may be other apps'");
  });

  it("of others are found in the Dockerfile of the tree", () => {
    const web = 'FROM alpine\nRUN --mount="from=shop-main:v1" true\n';
    expect(findingsOfWeb({ build: { context } }, facts, { dockerfiles: { web } })).toEqual([
      "images: service web uses the image shop-main:v1 of the app shop-main",
    ]);
  });

  it.each([
    ["https://github.com/a/b.git#main", "docker/Dockerfile"],
    ["git@github.com:a/b.git", undefined],
  ])("may be any app's where the Dockerfile is at %s", (remote, dockerfile) => {
    const text = `service web is built from ${remote}, which Goku cannot read and which may use any app's image`;
    expect(findingsOfWeb({ build: { context: remote, dockerfile } }, facts)).toEqual([
      `images: ${text}`,
    ]);
  });

  it("may be any app's where the Dockerfile is too long to be read, or cannot be understood", () => {
    const file = { [treePath("Dockerfile")]: { ...inside("Dockerfile"), form: "file" as const } };
    const told =
      "images: service web is built from ./Dockerfile, which Goku cannot read and which may use any app's image";
    const web = { build: { context } };
    expect(findingsOfWeb(web, file)).toContain(told);
    expect(findingsOfWeb(web, file, { dockerfiles: { web: "FROM $NOBODY\n" } })).toContain(told);
    const unended = "FROM alpine\nRUN <<EOF\n";
    expect(findingsOfWeb(web, file, { dockerfiles: { web: unended } })).toContain(told);
    expect(findingsOfWeb(web, file, { dockerfiles: { web: "FROM alpine\n" } })).not.toContain(told);
  });

  it("may be any app's where a Dockerfile within the file is too long, alone or with others", () => {
    const inline = (at: number) => `FROM alpine\n# ${"x".repeat(128 * 1024 - 40)} ${at}\n`;
    const told = (name: string) =>
      `images: service ${name} is built from its dockerfile_inline, which Goku cannot read and which may use any app's image`;
    expect(build({ dockerfile_inline: `${inline(1)}${" ".repeat(40)}` })).toEqual([told("web")]);
    const many = (text: (at: number) => string) =>
      Object.fromEntries(
        Array.from({ length: 20 }, (_, at) => [
          `s${at}`,
          { build: { context, dockerfile_inline: text(at) } },
        ]),
      );
    expect(findingsOfModel({ services: many(() => inline(1)) }, facts)).toEqual([]);
    expect(findingsOfModel({ services: many(inline) }, facts)).toEqual(
      Array.from({ length: 12 }, (_, at) => told(`s${at + 8}`)),
    );
  });

  it("that are built get names of Goku's own", () => {
    const web = { image: "shop-main:v1", build: { context, tags: ["postgres:16"] } };
    expect(findingsOfWeb(web, facts)).toEqual([]);
  });
});

describe("a build that is left to somebody's image", () => {
  const read = (part: object, web: string) =>
    findingsOfWeb({ build: { context, ...part } }, facts, { dockerfiles: { web } });
  const found = ["images: service web is built by evil/frontend, which may use any app's image"];

  it.each([
    ["a line", {}, "# syntax=evil/frontend\nFROM busybox\n"],
    ["another notation", {}, '{"syntax": "evil/frontend"}'],
    ["an inline file", { dockerfile_inline: "# syntax=evil/frontend\nFROM x" }, ""],
    ["an argument", { args: { BUILDKIT_SYNTAX: "evil/frontend" } }, "FROM busybox\n"],
  ])("is told: %s", (_, part, text) => {
    expect(read(part, text)).toEqual(found);
  });

  it("is free with Docker's own", () => {
    const text = "# syntax=docker/dockerfile:1\nFROM busybox\n";
    const part = { args: { BUILDKIT_SYNTAX: "docker/dockerfile:1", WHO: null } };
    expect(read(part, text)).toEqual([]);
  });

  it("tells of what ONBUILD takes of other apps", () => {
    const text = "FROM busybox\nONBUILD COPY --from=shop-main:v3 / /x\n";
    expect(read({}, text)).toEqual([
      "images: service web uses the image shop-main:v3 of the app shop-main",
    ]);
  });
});
