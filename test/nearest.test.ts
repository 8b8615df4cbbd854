import { distance } from "fastest-levenshtein";
import * as fc from "fast-check";
import { expect, test } from "vitest";
import { edits, nearest } from "../src/nearest.ts";

test.each([
  ["wbe", ["db", "web"], "web"],
  ["bd", ["web", "db"], "db"],
  ["statsu", ["start", "status"], "status"],
  ["conf", ["apps", "config:set"], "config:set"],
  ["web", [], null],
  ["postgres", ["web", "db"], null],
  ["x".repeat(1_000), ["x"], null],
])("%s of %j means %s", (word, candidates, meant) => {
  expect(nearest(word, candidates)).toBe(meant);
});

test.each([
  ["web", "web", 0],
  ["wbe", "web", 1],
  ["RELASE", "RELEASE", 1],
  ["", "web", 3],
  ["web", "", 3],
  ["ca", "abc", 3],
])("from %j to %j are %d edits", (one, other, count) => {
  expect(edits(one, other)).toBe(count);
  expect(edits(other, one)).toBe(count);
});

test("a swap spares at most every other edit of a plain comparison", () => {
  const word = fc.string({ unit: fc.constantFrom("a", "b", "c"), maxLength: 8 });
  fc.assert(
    fc.property(word, word, (one, other) => {
      const plain = distance(one, other);
      expect(edits(one, other)).toBeLessThanOrEqual(plain);
      expect(edits(one, other) * 2).toBeGreaterThanOrEqual(plain);
    }),
  );
});
