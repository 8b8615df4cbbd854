import { expect, test } from "vitest";
import { readInstructions } from "../../../src/project/dockerfile/instructions.ts";
import { readDockerfile } from "../../../src/project/dockerfile/read-dockerfile.ts";
import { refusal } from "../reading.ts";
import { portSamples } from "./ports.ts";

const read = (text: string, buildArgs = {}) => readDockerfile(readInstructions(text), buildArgs);

test.each(portSamples)("%j exposes %j", (text, ports) =>
  expect(read(text).exposed.map(({ port }) => port)).toEqual(ports),
);

test("of a range the first port counts", () => {
  expect(read("FROM scratch\nEXPOSE 3000-3002/tcp").exposed).toEqual([
    { port: 3000, text: "3000-3002" },
  ]);
});

test("what the build is given wins over an ARG's default, and an ENV over both", () => {
  const ports = (text: string) => read(text, { P: "90" }).exposed.map(({ port }) => port);
  expect(ports("FROM scratch\nARG P=80\nEXPOSE $P")).toEqual([90]);
  expect(ports("ARG P=80\nFROM scratch\nARG P=81\nEXPOSE $P")).toEqual([90]);
  expect(ports("FROM scratch\nARG P=80\nENV P=81\nEXPOSE $P")).toEqual([81]);
  expect(ports("FROM scratch\nENV P=81\nEXPOSE $P")).toEqual([81]);
});

test.each([
  ["FROM scratch\nEXPOSE $PORT", 2, "the variable PORT has no value", "ARG PORT=8080"],
  ["ARG P=80\nFROM scratch\nEXPOSE $P", 3, "the variable P has no value", "in the same stage"],
  ["FROM scratch\nENV U=$HOST:80\n\nEXPOSE $U", 4, "the variable HOST has no value", "default"],
  ["FROM scratch\nENV P=\nEXPOSE $P", 3, '"$P" is not a port', "EXPOSE 8080"],
  ["FROM scratch\nEXPOSE", 2, '"" is not a port', "EXPOSE 8080"],
  ["FROM scratch\nEXPOSE 80 # http", 2, '"#" is not a port', "EXPOSE 8080"],
  ["FROM scratch\nEXPOSE 0", 2, '"0" is not a port', "EXPOSE 8080"],
  ["FROM scratch\nEXPOSE 65536", 2, '"65536" is not a port', "EXPOSE 8080"],
  ["FROM scratch\nEXPOSE 3002-3000", 2, '"3002-3000" is not a port', "EXPOSE 8080"],
  ["FROM scratch\nEXPOSE 80/foo", 2, '"80/foo" is not a port', "EXPOSE 8080"],
  ["FROM scratch\nEXPOSE [80, 81]", 2, '"[80," is not a port', "EXPOSE 8080"],
  ["\nFROM", 2, "FROM names no image", "FROM debian:12"],
  ["FROM $BASE", 1, "the variable BASE has no value", "ARG VERSION=1.0"],
  ["FROM a AS b\nFROM x:${V}", 2, "the variable V has no value", "above the first FROM"],
  ["FROM --platform=linux/arm64 -rm", 1, '"-rm" is not an image', "FROM debian:12"],
  ['ARG A=" "\nFROM $A', 2, 'it becomes " "', "above the first FROM"],
])("%j is refused with its line and a way out", (text, line, problem, fix) => {
  const said = refusal(() => read(text));
  expect(said).toContain(`Dockerfile line ${line}: `);
  expect(said).toContain(problem);
  expect(said).toContain(fix);
});

test.each(["", "\n# nothing\n", "RUN make", "ARG A=1"])("%j has nothing to build on", (text) =>
  expect(refusal(() => read(text))).toContain("has no FROM line"),
);

test("base images are what is started or copied from, once each, in order, stages left out", () => {
  const dockerfile = `
ARG NODE=20
FROM --platform=$BUILDPLATFORM node:\${NODE}-slim AS build
COPY --from=ghcr.io/tools/sass:1 /sass /bin/
RUN --mount=type=bind,from=deps,target=/deps --mount=type=cache,target=/c make
FROM node:20-slim AS deps
FROM build AS test
FROM localhost:5000/nginx@sha256:0123
COPY --from=build /site /site
COPY --from=1 /a /b
COPY --from=scratch /c /d
RUN --mount=from=alpine:3,target=/x ls /x --from=nonsense`;
  expect(read(dockerfile).baseImages).toEqual([
    "node:20-slim",
    "ghcr.io/tools/sass:1",
    "localhost:5000/nginx@sha256:0123",
    "alpine:3",
  ]);
});

test("a stage that nothing needs is not asked for its image", () => {
  const dockerfile = "FROM debian AS old\nFROM alpine AS docs\nRUN x\nFROM old";
  expect(read(dockerfile).baseImages).toEqual(["debian"]);
});

test("of several stages of one name the last counts for what copies from it, as for BuildKit", () => {
  const twice = "FROM alpine AS x\nFROM debian AS x\n";
  expect(read(`${twice}FROM busybox\nCOPY --from=x / /`).baseImages).toEqual(["debian", "busybox"]);
});

test.each([
  "COPY --from=+0 / /",
  "COPY --from=-0 / /",
  "COPY --from=00 / /",
  "ONBUILD COPY --from=x / /",
])("a stage is needed by %s", (line) => {
  expect(read(`FROM debian AS x\nFROM busybox\n${line}`).baseImages).toEqual(["debian", "busybox"]);
});

test("a given build argument chooses the base image", () => {
  const dockerfile = "ARG V=1\nFROM app:$V";
  expect(read(dockerfile).baseImages).toEqual(["app:1"]);
  expect(read(dockerfile, { V: "2" }).baseImages).toEqual(["app:2"]);
});

test.each([
  ["# syntax=docker/dockerfile:1\nFROM a", true],
  ["#Syntax = x\nFROM a", true],
  ["# escape=`\n# syntax=x\nFROM a", true],
  ["FROM a\n# syntax=x", false],
  ["FROM a\nRUN --mount=type=secret,id=t cat", true],
  ["FROM a\nRUN --network=none --mount=id=k,type=ssh git", true],
  ["FROM a\nARG T=ssh\nRUN --mount=type=$T git", true],
  ["FROM a\nRUN --mount=type=cache,target=/c x\nRUN --mount=type=tmpfs,target=/t x", false],
  ["FROM a\nRUN echo --mount=type=secret,id=t", false],
])("%j needs the CLI: %j", (text, needed) => expect(read(text).needsCli).toBe(needed));
