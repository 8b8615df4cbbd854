/* Looks at those parts of a compose model that its types leave open. */

export type Loose = Readonly<Record<string, unknown>>;

/** The file says something here: neither nothing, nor `false`, nor an empty list. */
export function isSet(value: unknown): boolean {
  if (value === undefined || value === null || value === false || value === "") {
    return false;
  }
  return typeof value !== "object" || Object.keys(value).length > 0;
}

export function recordOf(value: unknown): Loose {
  return isRecord(value) ? value : {};
}

/** The elements of a list; a single value is a list of one. */
export function listOf(value: unknown): unknown[] {
  if (!isSet(value)) {
    return [];
  }
  return Array.isArray(value) ? value : [value];
}

/** A value as a sentence can show it: on one line, and not too long. */
export function shown(value: unknown): string {
  const text = typeof value === "string" ? value : (JSON.stringify(value) ?? "");
  const line = text.replaceAll(/[\s\p{Cc}]+/gu, " ");
  return line.length > longest ? `${line.slice(0, longest)}...` : line;
}

const longest = 120;

function isRecord(value: unknown): value is Loose {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
