import { resolve } from "node:path";
import { expect, test } from "vitest";
import { violations } from "./architecture/check.ts";
import { tolerated } from "./architecture/rules.ts";
import { importsOf, readSources } from "./architecture/source.ts";

const root = resolve(import.meta.dirname, "..");

test("the code keeps to the arrows of its design", () => {
  const sources = readSources(root, "src");
  expect(sources.length).toBeGreaterThan(20);
  const isTolerated = (violation: string) =>
    tolerated.some(
      ([path, target]) => violation.startsWith(`${path}: `) && violation.endsWith(` not ${target}`),
    );
  expect(violations(sources).filter((violation) => !isTolerated(violation))).toEqual([]);
});

test("what is tolerated is still needed: take the line out of test/architecture/rules.ts", () => {
  const imports = new Map(
    readSources(root, "src").map((source) => [source.path, importsOf(source)]),
  );
  const repaired = tolerated.filter(
    ([path, wanted]) => !imports.get(path)?.some(({ target }) => target === wanted),
  );
  expect(repaired).toEqual([]);
});

/** Files as they must not be, and what is said of them. */
const bad: readonly (readonly [path: string, text: string, said: string])[] = [
  [
    "src/engine/build.ts",
    'import { createStore } from "../store/store.ts";',
    "engine may import vocabulary, system, and not src/store/store.ts",
  ],
  [
    "src/deploy/deploy.ts",
    'import type { Docker } from "../engine/client/docker.ts";',
    "deploy may name types of vocabulary, system, project, settings, and not src/engine",
  ],
  ["src/deploy/deploy.ts", 'export * from "../web/wire.ts";', "and not src/web/wire.ts"],
  ["src/app.ts", 'import { wait } from "./system/wait.ts";', "nothing but its own"],
  ["src/ports.ts", 'type Log = import("./system/log.ts").Log;', "nothing but its own"],
  ["src/project/read.ts", 'import { run } from "../system/process.ts";', "project may import"],
  ["src/engine/a.ts", 'import { read } from "../settings/read.ts";', "engine may import"],
  ["src/receiver/a.ts", 'import type { A } from "../web/a.ts";', "receiver may name types of"],
  ["src/cli/octo.ts", 'import { api } from "../web/api.ts";', "and not src/web/api.ts"],
  ["src/receiver/a.ts", 'import {\n  b,\n} from "../web/b.ts";', "receiver may import"],
  ["src/system/a.ts", 'const a = await import("../errors.ts");', "system may import"],
  ["src/things/a.ts", 'import "../app.ts";', "src/things has no place in the table of units"],
  ["src/web/a.ts", 'import type Docker from "dockerode";', "only engine may know dockerode"],
  ["src/engine/a.ts", 'import { spawn } from "node:child_process";', "only system may know"],
  ["src/deploy/a.ts", 'import pino from "pino";', "only system may know pino"],
  ["src/vars/a.ts", 'import leftPad from "left-pad";', "left-pad has none"],
  ["src/web/a.ts", 'const home = process.env["HOME"];', "only src/settings looks at process.env"],
  ["src/web/a.ts", 'import { env } from "node:process";', "only src/settings looks at"],
  ["src/web/a.ts", "export default function a() {}", "nothing is exported as default"],
  ["src/web/a.ts", "class AppManager {}", "no class is called Manager"],
  ["src/deploy/a.ts", 'run({ file: "docker", args: [] });', "only engine may run docker"],
  ["src/web/a.ts", "a;\n".repeat(301), "no file is longer than 300 lines, and this one has 301"],
  ["src/web/string-utils.ts", "", "no utils, helpers, common"],
  ["src/common/a.ts", "", "no utils, helpers, common"],
  ["src/web/gitDoor.ts", "", "kebab-case"],
];

test.each(bad)("%s with %j breaks a rule", (path, text, said) => {
  const found = violations([{ path, text }]);
  expect(found).toEqual([expect.stringContaining(said)]);
  expect(found[0]?.startsWith(`${path}: `)).toBe(true);
});

test("imports that go round in a circle are shown", () => {
  const importing = (path: string, ...others: string[]) => ({
    path,
    text: others.map((other) => `import { x } from "./${other}.ts";`).join("\n"),
  });
  expect(
    violations([
      importing("src/deploy/a.ts", "b"),
      importing("src/deploy/b.ts", "c", "d"),
      importing("src/deploy/c.ts", "a"),
      importing("src/deploy/d.ts"),
    ]),
  ).toEqual([
    "src/deploy/a.ts: imports go round in a circle: src/deploy/a.ts -> src/deploy/b.ts -> src/deploy/c.ts -> src/deploy/a.ts",
  ]);
});

test.each([
  ["src/goku.ts", 'import { createStore } from "./store/store.ts";'],
  ["src/web/git.ts", 'import type { ChildProcess } from "node:child_process";'],
  ["src/cli/a.ts", 'import { decode } from "../web/wire.ts";'],
  ["src/engine/a.ts", 'import type { Settings } from "../settings/settings.ts";'],
  ["src/engine/client/docker.ts", 'import Docker from "dockerode";'],
  ["src/vars/a.ts", '// import x from "dockerode"\n/* process.env */\nimport { z } from "zod";'],
])("%s with %j is as it should be", (path, text) => {
  expect(violations([{ path, text }])).toEqual([]);
});
