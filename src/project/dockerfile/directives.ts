import type { Dialect } from "./dialect.ts";
import { Unread } from "./unread.ts";
import { trimStart } from "./white-space.ts";

export interface Directive {
  /** Lower case. */
  readonly name: string;
  readonly value: string;
}

/**
 * The directives at the top of a file, which the first line that is none ends, as an unknown one does.
 * https://github.com/moby/buildkit/blob/v0.32.2/frontend/dockerfile/parser/directives.go
 */
export class Directives {
  escape = "\\";
  hasSyntax = false;
  #areOver = false;
  readonly #seen = new Set<string>();
  readonly #dialect: Dialect;

  constructor(dialect: Dialect) {
    this.#dialect = dialect;
  }

  /**
   * Says whether the line is one.
   * @param line without white space before it
   * @throws Unread
   */
  take(line: string): boolean {
    const found = this.#areOver ? null : readDirective(line, this.#dialect);
    if (found === null) {
      this.#areOver = true;
      return false;
    }
    const { name, value } = found;
    if (this.#seen.has(name)) {
      throw new Unread(`There are two # ${name}= lines.`);
    }
    this.#seen.add(name);
    if (name === "escape" && value !== "\\" && value !== "`") {
      throw new Unread("# escape= takes \\ or ` and nothing else.");
    }
    this.escape = name === "escape" ? value : this.escape;
    this.hasSyntax ||= name === "syntax";
    return true;
  }
}

function readDirective(line: string, dialect: Dialect): Directive | null {
  const rest = line.slice(1);
  const found = line.startsWith("#") ? parseDirective(trimStart(rest)) : null;
  if (found === null || !/^(?:syntax|escape|check)$/.test(found.name)) {
    return null;
  }
  if (!/^[\t\n\f\r ]*[a-z]/i.test(rest) && !dialect.has("directive-space")) {
    return null;
  }
  return found.name === "check" && !dialect.has("check") ? null : found;
}

/** `name = value`, all of it behind the mark and the white space there. */
export function parseDirective(text: string): Directive | null {
  const [, name = "", rest = ""] = /^([a-z][a-z0-9]*)[\t\n\f\r ]*=(.*)$/is.exec(text) ?? [];
  // White space alone is a value, too.
  return rest === "" ? null : { name: name.toLowerCase(), value: trimAscii(rest) || " " };
}

function trimAscii(text: string): string {
  let from = 0;
  let to = text.length;
  while (from < to && "\t\n\f\r ".includes(text[from] ?? "")) {
    from += 1;
  }
  while (from < to && "\t\n\f\r ".includes(text[to - 1] ?? "")) {
    to -= 1;
  }
  return text.slice(from, to);
}
