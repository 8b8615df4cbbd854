/** What a query answers, before its columns are looked at. */
export type Row = Readonly<Record<string, unknown>>;

export function isRow(value: unknown): value is Row {
  return typeof value === "object" && value !== null;
}

/** The row of a query that answers at most one. */
export function rowOrNull(answer: unknown): Row | null {
  return isRow(answer) ? answer : null;
}

export function rowsOf(answers: readonly unknown[]): Row[] {
  return answers.filter(isRow);
}

export function text(row: Row, column: string): string {
  const value = row[column];
  return typeof value === "string" ? value : wrong(column, "text");
}

export function textOrNull(row: Row, column: string): string | null {
  return row[column] === null ? null : text(row, column);
}

export function integer(row: Row, column: string): number {
  const value = row[column];
  return Number.isSafeInteger(value) ? Number(value) : wrong(column, "an integer");
}

/** SQLite has no booleans: 0 and 1. */
export function flag(row: Row, column: string): boolean {
  return integer(row, column) === 1;
}

/** A column of JSON, checked by `is`. */
export function json<T>(row: Row, column: string, is: (value: unknown) => value is T): T {
  const value: unknown = JSON.parse(text(row, column));
  return is(value) ? value : wrong(column, "the JSON that belongs there");
}

/** A text column that holds one of a few words. */
export function word<T extends string>(row: Row, column: string, words: readonly T[]): T {
  const value = text(row, column);
  return words.find((candidate) => candidate === value) ?? wrong(column, words.join(" or "));
}

export function isTexts(value: unknown): value is string[] {
  return Array.isArray(value) && value.every((item) => typeof item === "string");
}

export function isTextRecord(value: unknown): value is Record<string, string> {
  return isRow(value) && !Array.isArray(value) && isTexts(Object.values(value));
}

function wrong(column: string, wanted: string): never {
  throw new TypeError(`The column ${column} does not hold ${wanted}.`);
}
