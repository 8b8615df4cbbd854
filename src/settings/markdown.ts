import { environmentName, type Setting, settingRows } from "./table.ts";

/** The README's table of settings. */
export function settingsTable(): string {
  const rows = settingRows.map((setting) => {
    const { key, meaning } = setting;
    return [`\`${key}\``, `\`${environmentName(key)}\``, shownDefault(setting), meaning];
  });
  return markdownTable([["setting", "environment", "default", "meaning"], ...rows]);
}

export function shownDefault({ fallback, shown }: Setting<unknown>): string {
  return shown ?? (typeof fallback === "string" ? `\`${fallback}\`` : "none");
}

/** The first row is the head. Padded as the formatter of this project pads it. */
export function markdownTable(rows: readonly (readonly string[])[]): string {
  const [head = [], ...body] = rows;
  const widths = head.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  const line = (cells: readonly string[], filler: string) =>
    `| ${widths.map((width, column) => (cells[column] ?? "").padEnd(width, filler)).join(" | ")} |`;
  return [line(head, " "), line([], "-"), ...body.map((row) => line(row, " "))].join("\n");
}
