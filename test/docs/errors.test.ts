import { readdirSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { describe, expect, it } from "vitest";
import { errorsPage } from "../../docs/errors-page.ts";
import { samples } from "../../docs/error-samples.ts";

const root = resolve(import.meta.dirname, "../..");
const source = readFileSync(join(root, "src/errors.ts"), "utf8");
const others = readdirSync(join(root, "src"), { recursive: true, encoding: "utf8" })
  .filter((path) => path.endsWith(".ts") && path !== "errors.ts")
  .map((path) => readFileSync(join(root, "src", path), "utf8"))
  .join("\n")
  .replaceAll(/^import [^;]*;$/gm, "");

describe("docs/errors.md", () => {
  it("says what the code does: npm run docs", () => {
    expect(readFileSync(join(root, "docs/errors.md"), "utf8")).toBe(errorsPage());
  });

  it("has every failure that the code can make", () => {
    const factories = [...source.matchAll(/^export const (\w+) = \(/gm)].map(([, name]) => name);
    expect(new Set(factories)).toEqual(new Set(Object.keys(samples)));
  });
});

describe("a failure", () => {
  it.each(Object.keys(samples))("%s is used", (name) => {
    expect(others).toMatch(new RegExp(`\\b${name}\\b`));
  });
});
