import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { describe, expect, it, test } from "vitest";
import { fixed, greatest, same } from "../../docs/limits/limit.ts";
import { limitsPage, sections } from "../../docs/limits-page.ts";
import { maxEvents } from "../../src/store/events.ts";
import { eventsVerb } from "../../src/web/verbs/events.ts";

const rows = sections.flatMap(({ limits }) => limits);

describe("docs/limits.md", () => {
  it("says what the code does: npm run docs", () => {
    const page = resolve(import.meta.dirname, "../../docs/limits.md");
    expect(readFileSync(page, "utf8")).toBe(limitsPage());
  });

  it("names everything once in its section, and no number that the code has not got", () => {
    for (const { title, limits } of sections) {
      expect(new Set(limits.map(({ what }) => what)).size, title).toBe(limits.length);
    }
    expect(rows.filter(({ limit }) => /undefined|NaN|null|Infinity/.test(limit))).toEqual([]);
  });

  it("promises as many events of octo as are kept", () => {
    const asked = (limit: number) => eventsVerb.input.safeParse({ limit }).success;
    expect([maxEvents, maxEvents + 1].map(asked)).toEqual([true, false]);
  });
});

test("a limit in a pattern is found by what the pattern takes", () => {
  expect(greatest((n) => /^a{2,7}$/.test("a".repeat(n)))).toBe(7);
  expect(() => greatest(() => true)).toThrow("no limit");
  expect(() => greatest(() => false)).toThrow("no limit");
});

test("one limit in two places is told as long as it is one", () => {
  expect(same(16, 16)).toBe(16);
  expect(() => same(16, 17)).toThrow("16, 17");
});

test("a row that nothing changes says so", () => {
  expect(limitsPage([{ title: "Words", limits: [fixed("a word", "4", "cut")] }])).toMatch(
    /\| a word \| 4 +\| cut +\| no +\|\n$/,
  );
});
