/** Rows of cells in columns as wide as they need to be, two spaces apart, each line ended. */
export function columns(rows: readonly (readonly string[])[]): string {
  const widths: number[] = [];
  for (const row of rows) {
    row.forEach((cell, at) => {
      widths[at] = Math.max(widths[at] ?? 0, cell.length);
    });
  }
  return lines(
    rows.map((row) =>
      row
        .map((cell, at) => cell.padEnd(widths[at] ?? 0))
        .join("  ")
        .trimEnd(),
    ),
  );
}

export function lines(texts: readonly string[]): string {
  return texts.map((text) => `${text}\n`).join("");
}

/** `2026-03-01 12:00:05` in UTC; nothing for null. */
export function time(iso: string | null): string {
  return iso === null ? "" : iso.slice(0, 19).replace("T", " ");
}
