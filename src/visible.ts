/** The text with all that a terminal would obey, or not show, as JSON escapes it: one line, whoever wrote it. */
export function visible(text: string): string {
  return text.replaceAll(/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu, (hidden) =>
    hidden.split("").map(escaped).join(""),
  );
}

function escaped(unit: string): string {
  return String.raw`\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`;
}
