import { visible } from "../visible.ts";

/** Text that somebody may have chosen to deceive, or text of octo's own that may have colours. */
export type Cell = string | { readonly painted: string };

/** Rows of cells in columns as wide as they need to be, two spaces apart, each line ended. */
export function columns(rows: readonly (readonly Cell[])[]): string {
  const texts = rows.map((row) => row.map(textOf));
  const widths: number[] = [];
  for (const row of texts) {
    row.forEach((cell, at) => {
      widths[at] = Math.max(widths[at] ?? 0, cell.length);
    });
  }
  return lines(
    texts.map((row) =>
      row
        .map((cell, at) => cell.padEnd(widths[at] ?? 0))
        .join("  ")
        .trimEnd(),
    ),
  );
}

function textOf(cell: Cell): string {
  return typeof cell === "string" ? visible(cell) : cell.painted;
}

export function lines(texts: readonly string[]): string {
  return texts.map((text) => `${text}\n`).join("");
}

/** `2026-03-01 12:00:05` in UTC; nothing for null. */
export function time(iso: string | null): string {
  return iso === null ? "" : iso.slice(0, 19).replace("T", " ");
}
