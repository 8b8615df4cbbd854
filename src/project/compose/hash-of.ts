import { createHash } from "node:crypto";

/** Hex SHA-256 of JSON, whatever the order of its keys. */
export function hashOf(value: unknown): string {
  return createHash("sha256").update(JSON.stringify(value, sorted)).digest("hex");
}

/** Hex SHA-256 of a text. */
export function hashOfText(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}

function sorted(_key: string, value: unknown): unknown {
  return typeof value === "object" && value !== null && !Array.isArray(value)
    ? Object.fromEntries(Object.entries(value).toSorted(([one], [other]) => (one < other ? -1 : 1)))
    : value;
}
