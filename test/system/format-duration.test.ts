import { expect, it } from "vitest";
import { formatDuration } from "../../src/system/format-duration.ts";

it.each([
  [20, "0.02 s"],
  [3_000, "3 s"],
  [59_500, "59.5 s"],
  [60_000, "1 min"],
  [100_000, "1.7 min"],
  [1_200_000, "20 min"],
])("%i ms is %s", (ms, text) => {
  expect(formatDuration(ms)).toBe(text);
});
