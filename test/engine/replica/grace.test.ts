import { expect, it } from "vitest";
import { boundedGrace } from "../../../src/engine/replica/grace.ts";

it.each([
  [0, 0],
  [90, 90],
  [600, 600],
  [86_400, 600],
  [-1, 600],
])("of %i seconds is %i", (asked, given) => {
  expect(boundedGrace(asked)).toBe(given);
});
