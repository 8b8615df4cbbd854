import type { Figure } from "../measure.ts";

/** One target, what was measured for it, and what the same costs without Goku. */
export interface ScaleRow {
  readonly what: string;
  readonly unit: string;
  readonly goku: Figure;
  /** Raw cost in the same run; null where there is none. */
  readonly raw: { readonly what: string; readonly figure: Figure } | null;
  /** At most: of Goku's median, or of its ratio to the raw cost. */
  readonly limit: { readonly of: "value" | "ratio"; readonly value: number };
}

/** bench/scale.json */
export interface ScaleFigures {
  /** ISO 8601 */
  readonly at: string;
  readonly machine: string;
  /** How many processes wanted to run, on average, over the minute before and at the end: what else was going on. */
  readonly load: readonly [number, number];
  readonly rows: readonly ScaleRow[];
}

export function scaleTable({ at, machine, load, rows }: ScaleFigures): string {
  const head = ["what", "Goku", "raw cost", "ratio", "at most"];
  const cells = [head, ...rows.map(cellsOf)];
  const widths = head.map((_, column) => Math.max(...cells.map((row) => row[column]?.length ?? 0)));
  const line = (row: readonly string[], filler: string) =>
    `| ${widths.map((width, column) => (row[column] ?? "").padEnd(width, filler)).join(" | ")} |`;
  const [first = [], ...body] = cells;
  const table = [line(first, " "), line([], "-"), ...body.map((row) => line(row, " "))];
  return `On ${at.slice(0, 10)}, on ${machine}, load ${load.join(" to ")}:\n\n${table.join("\n")}`;
}

function cellsOf({ what, unit, goku, raw, limit }: ScaleRow): string[] {
  const ratio = raw === null ? "" : (goku.median / raw.figure.median).toFixed(2);
  return [
    what,
    `${goku.median} ${unit} (${goku.min} to ${goku.max})`,
    raw === null ? "" : `${raw.what}: ${raw.figure.median} ${unit}`,
    ratio,
    limit.of === "ratio" ? `${limit.value} x` : `${limit.value} ${unit}`,
  ];
}
