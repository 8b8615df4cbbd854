import { environmentName, settingRows } from "./table.ts";

/** The README's table of settings, padded as the formatter of this project pads it. */
export function settingsTable(): string {
  const rows = settingRows.map(({ key, fallback, shown, meaning }) => {
    const standard = shown ?? (typeof fallback === "string" ? `\`${fallback}\`` : "none");
    return [`\`${key}\``, `\`${environmentName(key)}\``, standard, meaning];
  });
  const lines = [["setting", "environment", "default", "meaning"], ...rows];
  const widths = [0, 1, 2, 3].map((column) =>
    Math.max(...lines.map((row) => row[column]?.length ?? 0)),
  );
  const line = (cells: readonly string[], filler: string) =>
    `| ${cells.map((cell, column) => cell.padEnd(widths[column] ?? 0, filler)).join(" | ")} |`;
  const [head = [], ...body] = lines;
  const rule = line(["", "", "", ""], "-");
  return [line(head, " "), rule, ...body.map((row) => line(row, " "))].join("\n");
}
