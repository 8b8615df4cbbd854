import { expect, test } from "vitest";
import { exposedPorts } from "../../../src/project/compose/built-ports.ts";
import { readDockerfile } from "../../../src/project/compose/dockerfiles.ts";
import { dockerfilesOf, hostPaths } from "../../../src/project/compose/host-paths.ts";
import { bind, inputOf, type Literal, services } from "./read-literal.ts";

const modelOf = (parts: Record<string, Literal>, more: Literal = {}) =>
  inputOf(services(parts, more)).model;

test("everything that containers mount is looked at, as it is meant and once", () => {
  const model = modelOf(
    {
      a: {
        volumes: [
          bind("data", "/d"),
          bind("a$$b", "/e"),
          { type: "volume", source: "v", target: "/v" },
        ],
      },
      b: { volumes: [bind("data", "/d", { read_only: true }), { type: "tmpfs", target: "/t" }] },
    },
    {
      secrets: { s: { file: "/trees/blog/s.txt" }, t: { environment: "T" } },
      configs: { c: { file: "/etc/c" }, d: { content: "x" } },
      volumes: {
        v: { driver_opts: { o: "uid=1,bind", type: "none", device: "/srv/v" } },
        nfs: { driver_opts: { o: "addr=1.2.3.4", type: "nfs", device: ":/exports" } },
      },
    },
  );
  expect(hostPaths(model).mounts).toEqual([
    "/trees/blog/data",
    "/trees/blog/a$b",
    "/trees/blog/s.txt",
    "/etc/c",
    "/srv/v",
  ]);
});

test("so is what builds read, but for what is fetched from elsewhere", () => {
  const additional = { more: "/srv/more", base: "docker-image://alpine" };
  const model = modelOf({
    a: { build: { context: "/trees/blog/a", additional_contexts: additional } },
    b: { build: { context: "/trees/blog", dockerfile: "docker/Other" } },
    c: { build: { context: "https://example.org/c.git", dockerfile: "X" } },
    d: { build: { context: "/trees/blog", dockerfile_inline: "FROM a" } },
    e: {},
  });
  expect(hostPaths(model).others).toEqual([
    "/trees/blog/a",
    "/srv/more",
    "/trees/blog/a/Dockerfile",
    "/trees/blog",
    "/trees/blog/docker/Other",
  ]);
  expect(dockerfilesOf(model)).toEqual({
    a: "/trees/blog/a/Dockerfile",
    b: "/trees/blog/docker/Other",
  });
});

test.each([
  ["FROM a\nEXPOSE 80 81/udp\nEXPOSE 82", [80, 82]],
  ["\uFEFFFROM a\r\nEXPOSE 80\r\n", [80]],
  ["FROM a\nENV PORT=5\nEXPOSE $PORT", [5]],
  ["FROM a", []],
  ["RUN x", []],
  ["FROM a\nEXPOSE $UNKNOWN", []],
  ["FROM a\nEXPOSE web", []],
])("%j exposes %j", (text, ports) => {
  expect(exposedPorts(readDockerfile(text))).toEqual(ports);
});
