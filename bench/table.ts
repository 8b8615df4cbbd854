import type { Row } from "./run.ts";

export function writeTable(rows: readonly Row[]): string {
  return [
    "| what | by hand, ms | Goku, ms | ratio | at most |",
    "|---|---|---|---|---|",
    ...rows.map(
      ({ what, hand, goku, ratio, target }) =>
        `| ${what} | ${hand.median} | ${goku.median} | ${ratio} | ${target} |`,
    ),
  ].join("\n");
}
