import { usage } from "../../errors.ts";

const unitsMs: Readonly<Record<string, number>> = {
  s: 1000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
};

/** `30s`, `10m`, `2h`, `1d` before now, or a date with or without time. @returns ISO 8601 @throws usage */
export function readSince(text: string, now: Date): string {
  const span = /^(\d{1,9})([smhd])$/.exec(text);
  const unit = unitsMs[span?.[2] ?? ""];
  const ms = unit === undefined ? readDate(text) : now.getTime() - Number(span?.[1]) * unit;
  if (!Number.isFinite(ms) || Number.isNaN(new Date(ms).getTime())) {
    throw usage(
      `"${text.slice(0, 40)}" is no point in time.`,
      "Write how long ago, 30s, 10m, 2h, 1d, or when: 2026-03-01T12:00:00Z",
    );
  }
  return new Date(ms).toISOString();
}

function readDate(text: string): number {
  return /^\d{4}-\d\d-\d\d/.test(text) ? Date.parse(text) : Number.NaN;
}
