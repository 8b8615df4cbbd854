import type { Figure } from "./measure.ts";

/** One thing that was measured, in milliseconds. */
export interface Row {
  readonly what: string;
  readonly hand: Figure;
  readonly goku: Figure;
  /** Median of Goku's by the median by hand. */
  readonly ratio: number;
  readonly target: number;
}

/** bench/latest.json */
export interface Latest {
  /** ISO 8601 */
  readonly at: string;
  readonly machine: string;
  readonly runs: number;
  readonly rows: readonly Row[];
}

export function benchTable({ at, machine, runs, rows }: Latest): string {
  const cells = [
    ["what", "by hand, ms", "Goku, ms", "ratio", "at most"],
    ...rows.map(({ what, hand, goku, ratio, target }) => [
      what,
      String(hand.median),
      String(goku.median),
      String(ratio),
      String(target),
    ]),
  ];
  const widths = [0, 1, 2, 3, 4].map((column) =>
    Math.max(...cells.map((row) => row[column]?.length ?? 0)),
  );
  const line = (row: readonly string[], filler: string) =>
    `| ${widths.map((width, column) => (row[column] ?? "").padEnd(width, filler)).join(" | ")} |`;
  const [head = [], ...body] = cells;
  const table = [line(head, " "), line([], "-"), ...body.map((row) => line(row, " "))];
  return `Medians of ${runs} runs on ${at.slice(0, 10)}, on ${machine}:\n\n${table.join("\n")}`;
}
