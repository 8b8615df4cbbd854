import type { DefinitionPart } from "../../service.ts";

/** An object of a definition; what is none counts as an empty one. */
export function partOf(value: unknown): DefinitionPart {
  return isPart(value) ? value : {};
}

function isPart(value: unknown): value is DefinitionPart {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** A scalar as a text; null, and what is no scalar, is empty. */
export function textOf(value: unknown): string {
  const isScalar =
    typeof value === "string" || typeof value === "number" || typeof value === "boolean";
  return isScalar ? String(value) : "";
}

/** The strings of a map or of a list `KEY=VALUE`. */
export function stringsOf(value: unknown): Record<string, string> {
  const entries: (readonly [string, unknown])[] = Array.isArray(value)
    ? value.map((each) => splitPair(String(each)))
    : Object.entries(partOf(value));
  return Object.fromEntries(entries.map(([key, each]) => [key, textOf(each)]));
}

function splitPair(text: string): readonly [string, string] {
  const at = text.indexOf("=");
  return at === -1 ? [text, ""] : [text.slice(0, at), text.slice(at + 1)];
}

/** In a definition `$` is written as `$$`; Docker's API takes it as it is. */
export function plain(text: string): string {
  return text.replaceAll("$$", "$");
}

/** A plain text as a definition has it. */
export function escaped(text: string): string {
  return text.replaceAll("$", "$$$$");
}

export function plainStrings(value: unknown): Record<string, string> {
  return Object.fromEntries(
    Object.entries(stringsOf(value)).map(([key, each]) => [plain(key), plain(each)]),
  );
}
