import { describe, expect, it } from "vitest";
import { readSince } from "../../src/web/verbs/since.ts";

const now = new Date("2026-03-10T12:00:00Z");

describe("readSince", () => {
  it.each([
    ["30s", "2026-03-10T11:59:30.000Z"],
    ["10m", "2026-03-10T11:50:00.000Z"],
    ["2h", "2026-03-10T10:00:00.000Z"],
    ["1d", "2026-03-09T12:00:00.000Z"],
    ["2026-03-01", "2026-03-01T00:00:00.000Z"],
    ["2026-03-01T01:00:00+01:00", "2026-03-01T00:00:00.000Z"],
  ])("%s", (text, iso) => {
    expect(readSince(text, now)).toBe(iso);
  });

  it.each(["", "10", "m", "-5m", "10 m", "yesterday", "2026-13-45", "999999999d"])(
    "refuses %j",
    (text) => {
      expect(() => readSince(text, now)).toThrow("no point in time");
    },
  );
});
