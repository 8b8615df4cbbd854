import { expect, it } from "vitest";
import { ignoredBy } from "../../../src/engine/build/ignore.ts";
import { processorClock } from "../../support/processor-time.ts";

/** Paths that are left out, of those given. */
function leftOut(ignore: string, paths: readonly string[], dockerfile = "Dockerfile"): string[] {
  return paths.filter(ignoredBy(ignore, dockerfile));
}

const tree = [
  "Dockerfile",
  ".dockerignore",
  "README.md",
  "a.md",
  "docs/a.md",
  "docs/deep/b.md",
  "node_modules/x/index.js",
  "sub/node_modules/y.js",
  "src/index.js",
];

it.each<[string, string[]]>([
  ["*.md", ["README.md", "a.md"]],
  ["**/*.md", ["README.md", "a.md", "docs/a.md", "docs/deep/b.md"]],
  ["docs", ["docs/a.md", "docs/deep/b.md"]],
  ["/docs/", ["docs/a.md", "docs/deep/b.md"]],
  ["docs/*", ["docs/a.md", "docs/deep/b.md"]],
  ["**/node_modules", ["node_modules/x/index.js", "sub/node_modules/y.js"]],
  ["*/*.md", ["docs/a.md"]],
  ["?.md", ["a.md"]],
  ["[a-b].md", ["a.md"]],
  ["*.md\n!README.md", ["a.md"]],
  ["!README.md\n*.md", ["README.md", "a.md"]],
  ["docs\n!docs/deep", ["docs/a.md"]],
  ["# *.md\n\n   \nsrc", ["src/index.js"]],
  ["\uFEFFsrc\r\n*.md\r\n", ["README.md", "a.md", "src/index.js"]],
  ["README.MD", []],
  ["  docs  \n ! docs/deep \n", ["docs/a.md"]],
  ["docs\n!docs\ndocs/a.md", ["docs/a.md"]],
  ["./docs//deep/../", ["docs/a.md", "docs/deep/b.md"]],
  [".\n/\n!!x", []],
  ["nosuch", []],
])("follows the CLI's rules: %j", (ignore, expected) => {
  expect(leftOut(ignore, tree)).toEqual(expected);
});

it("keeps what the builder reads itself", () => {
  expect(leftOut("*", tree)).not.toContain("Dockerfile");
  expect(leftOut("**\n", ["Dockerfile", ".dockerignore", "a"])).toEqual(["a"]);
  const paths = ["deploy/Dockerfile", "deploy/Dockerfile.dockerignore", "Dockerfile"];
  expect(leftOut("**", paths, "deploy/Dockerfile")).toEqual(["Dockerfile"]);
});

it("takes brackets, plus signs and the like as they are", () => {
  const paths = ["c++/x", "lib(1).js", "a{b}", "a|b", "aab", "lib1.js"];
  expect(leftOut("c++\nlib(1).js\na{b}\na|b", paths)).toEqual(paths.slice(0, 4));
  expect(leftOut("lib\\(1\\).js", paths)).toEqual(["lib(1).js"]);
});

it.each(["[", "src\n[z-a]", "!", "a\\", "![a"])("says which line is no pattern: %j", (ignore) => {
  const line = ignore.split("\n").length;
  expect(() => ignoredBy(ignore, "Dockerfile")).toThrow(
    expect.objectContaining({
      code: "refused",
      message: `.dockerignore line ${line} is not a pattern: ${ignore.split("\n").at(-1)}`,
    }),
  );
});

it("holds no name against a pattern for longer than it takes to read both", () => {
  const isIgnored = ignoredBy("*a*a*a*a*b\n**a**a**a**a**b", "Dockerfile");
  const spentMs = processorClock();
  expect(isIgnored("a".repeat(250))).toBe(false);
  expect(isIgnored(`${"a/".repeat(2_000)}c`)).toBe(false);
  expect(spentMs()).toBeLessThan(1000);
});

it("refuses more patterns than paths can be held against", () => {
  expect(() => ignoredBy("*a".repeat(5_001), "Dockerfile")).toThrow("have 10002 characters");
  const lines = Array.from({ length: 100_000 }, (_, at) => `name${at}`).join("\n");
  expect(ignoredBy(`${lines}\n${"*a".repeat(5_000)}`, "Dockerfile")("name7/x")).toBe(true);
});
