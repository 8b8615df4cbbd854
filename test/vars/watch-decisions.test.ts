import { describe, expect, test } from "vitest";
import { differingApps, indexAfter, retryMsAfter } from "../../src/vars/consul-watch.ts";

describe("how it decides", () => {
  const known = new Map([
    ["same", new Map([["A", 5]])],
    ["changed", new Map([["A", 5]])],
    ["gone", new Map([["A", 5]])],
    ["empty", new Map<string, number>()],
  ]);

  test("an app differs by a key that is new, gone, or at another index", () => {
    const found = new Map([
      ["same", new Map([["A", 5]])],
      ["changed", new Map([["A", 4]])],
      ["new", new Map([["A", 6]])],
    ]);
    expect(differingApps(known, found)).toEqual(["changed", "gone", "new"]);
  });

  test.each([
    [0, 7, 7],
    [7, 7, 7],
    [7, 9, 9],
    [7, 3, 0],
    [0, 0, 1],
  ])("after index %i and the answer's %i it asks with %i", (previous, received, next) => {
    expect(indexAfter(previous, received)).toBe(next);
  });

  test("it tries again ever more slowly, never more than 10 s apart", () => {
    expect([1, 2, 3, 7, 8, 2_000].map(retryMsAfter)).toEqual([
      100, 200, 400, 6_400, 10_000, 10_000,
    ]);
  });
});
