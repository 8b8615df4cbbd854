import { expect, it } from "vitest";
import { foreignFrontend } from "../../../src/project/dockerfile/frontend.ts";

it.each([
  "# syntax=evil/frontend",
  "#Syntax = evil/frontend an argument  ",
  "# escape=`\n# check=skip=all\n# syntax=evil/frontend\nFROM x",
  "#!/bin/sh\n# syntax=evil/frontend",
  "// syntax=evil/frontend\nFROM x",
  '{"syntax": "evil/frontend"}',
  '{"Syntax": "evil/frontend"}',
  "#\u0085syntax=evil/frontend",
  "# syntax=docker/dockerfile:1\n# syntax=evil/frontend",
])("knows the builder of others that a file names: %j", (text) => {
  expect(foreignFrontend(text, undefined)).toBe("evil/frontend");
});

it.each([
  "docker/dockerfile-evil:1",
  "docker/dockerfile/evil",
  "evil/docker/dockerfile:1",
  "docker.io/evil/dockerfile",
  "localhost/docker/dockerfile:1",
  // Those that know no heredocs, and those that may.
  "docker/dockerfile:1.2",
  "docker/dockerfile:1.0.0-experimental",
  "docker/dockerfile:experimental",
  "docker/dockerfile:1.7@sha256:0123",
])("takes %s for no builder that reads as Goku does", (image) => {
  expect(foreignFrontend(`# syntax=${image}`, undefined)).toBe(image);
});

it.each([
  "FROM x",
  "# a word\n# syntax=evil/frontend",
  "\n# syntax=evil/frontend",
  "FROM x\n# syntax=evil/frontend",
  "# syntax=docker/dockerfile:1",
  "# syntax=docker/dockerfile:1.7-labs",
  "# syntax=docker/dockerfile",
  "# syntax=docker.io/docker/dockerfile:1.10.0",
  "# syntax=docker/dockerfile:1.4",
  "# syntax=docker/dockerfile-upstream:master",
  "# syntax=\nFROM x",
  '{"syntax": 7}',
  "{",
])("finds none in %j", (text) => {
  expect(foreignFrontend(text, undefined)).toBeNull();
});

it("knows the one that a build argument names", () => {
  expect(foreignFrontend("# syntax=docker/dockerfile:1", "evil/frontend")).toBe("evil/frontend");
  expect(foreignFrontend("# syntax=evil/frontend", "docker/dockerfile:1")).toBe("evil/frontend");
  expect(foreignFrontend("FROM x", "")).toBeNull();
});
