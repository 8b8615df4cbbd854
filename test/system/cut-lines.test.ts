import { expect, it } from "vitest";
import { lineCutter } from "../../src/system/cut-lines.ts";
import { processorClock } from "../support/processor-time.ts";

it("gives the lines that each part ends, and the last one at the end", () => {
  const cutter = lineCutter();
  expect(["a", "b\nc", "\n", "\n\nd", "e"].map((part) => cutter.add(part))).toEqual([
    [],
    ["ab"],
    ["c"],
    ["", ""],
    [],
  ]);
  expect(cutter.end()).toEqual(["de"]);
  expect(cutter.end()).toEqual([]);
});

it("cuts a line without an end, and loses nothing of it", () => {
  const cutter = lineCutter();
  const lines = Array.from({ length: 1000 }, () => cutter.add("x".repeat(1000))).flat();
  lines.push(...cutter.end());
  expect(lines.join("")).toBe("x".repeat(1_000_000));
  expect(lines.map(({ length }) => length)).toEqual([263_000, 263_000, 263_000, 211_000]);
});

it("takes a long line in many small parts without searching all of it each time", () => {
  const cutter = lineCutter();
  const spentMs = processorClock();
  for (let part = 0; part < 250_000; part += 1) {
    cutter.add("x");
  }
  // Searched from its beginning each time, these are 30 billion characters.
  expect(spentMs()).toBeLessThan(2_000);
  expect(cutter.end()[0]).toHaveLength(250_000);
});
