import type { Dialect } from "./dialect.ts";
import { isSpace } from "./white-space.ts";

/** What stays in the words as it is written. */
interface Raw {
  readonly quotes: boolean;
  readonly escapes: boolean;
}

/** Nobody means more than this, and each is a call in the other. */
export const deepestNesting = 16;

/** Its text is a sentence for people. */
export class TooDeep extends Error {}

/**
 * Words of a line as BuildKit finds heredocs in it: no variable has a value, and the escape is a backslash, whatever the file
 * says. Null where BuildKit gives up.
 * https://github.com/moby/buildkit/blob/v0.32.2/frontend/dockerfile/shell/lex.go
 * @throws TooDeep
 */
export function shellWords(text: string, raw: Raw, dialect: Dialect): string[] | null {
  try {
    return new ShellWords(text, raw, dialect).read();
  } catch (error) {
    if (error instanceof GivenUp) {
      return null;
    }
    throw error;
  }
}

class GivenUp extends Error {}

class ShellWords {
  #at = 0;
  #depth = 0;
  #word = "";
  #rawEscapes: boolean;
  readonly #words: string[] = [];
  readonly #text: string;
  readonly #rawQuotes: boolean;
  readonly #dialect: Dialect;

  constructor(text: string, raw: Raw, dialect: Dialect) {
    this.#text = text.replace(/^\uFEFF/, "");
    this.#rawQuotes = raw.quotes;
    this.#rawEscapes = raw.escapes;
    this.#dialect = dialect;
  }

  read(): string[] {
    while (this.#at < this.#text.length) {
      const char = this.#text[this.#at] ?? "";
      if (isSpace(char)) {
        this.#at += 1;
        this.#endWord();
      } else if (char === "$") {
        // It may have white space in it, which counts.
        for (const each of this.#piece()) {
          if (isSpace(each)) {
            this.#endWord();
          } else {
            this.#word += each;
          }
        }
      } else {
        // Read first, since that may take away what the word was.
        const piece = this.#piece();
        this.#word += piece;
      }
    }
    this.#endWord();
    return this.#words;
  }

  #endWord(): void {
    if (this.#word !== "") {
      this.#words.push(this.#word);
      this.#word = "";
    }
  }

  #next(): string {
    const char = this.#text[this.#at] ?? "";
    this.#at += 1;
    return char;
  }

  /** The next character and what belongs to it. */
  #piece(): string {
    const char = this.#next();
    switch (char) {
      case "$":
        return this.#variable();
      case "'":
        return this.#singleQuoted();
      case '"':
        return this.#doubleQuoted();
      case "<":
        return char + this.#heredocMark();
      case "\\":
        return (this.#rawEscapes ? char : "") + this.#next();
      default:
        return char;
    }
  }

  /** The second `<` with the white space behind it. */
  #heredocMark(): string {
    const mark = /<[\t\r ]*/y;
    mark.lastIndex = this.#at;
    const found = mark.exec(this.#text)?.[0] ?? "";
    const taken = found.length > 1 && !this.#dialect.has("heredoc-space") ? "<" : found;
    this.#at += taken.length;
    return taken;
  }

  #singleQuoted(): string {
    const end = this.#text.indexOf("'", this.#at);
    if (end === -1) {
      throw new GivenUp();
    }
    const inside = this.#text.slice(this.#at, end);
    this.#at = end + 1;
    return this.#quoted("'", inside);
  }

  #doubleQuoted(): string {
    let inside = "";
    while (this.#at < this.#text.length) {
      const char = this.#next();
      if (char === '"') {
        return this.#quoted(char, inside);
      }
      if (char === "$") {
        inside += this.#variable();
      } else if (char === "\\") {
        const next = this.#text[this.#at] ?? "";
        const isEscape = next !== "" && '"$\\'.includes(next);
        this.#at += isEscape ? 1 : 0;
        // BuildKit writes a backslash that escapes nothing twice here.
        inside += (this.#rawEscapes ? char : "") + (isEscape ? next : char);
      } else {
        inside += char;
      }
    }
    throw new GivenUp();
  }

  #quoted(mark: string, inside: string): string {
    return this.#rawQuotes ? mark + inside + mark : inside;
  }

  /** Behind its `$`: it stays, as no variable has a value. */
  #variable(): string {
    if (this.#text[this.#at] !== "{") {
      return `$${this.#name()}`;
    }
    this.#at += 1;
    if (/^(?:[{}:]|)$/.test(this.#text[this.#at] ?? "")) {
      throw new GivenUp();
    }
    const name = this.#name();
    const operator = this.#operator();
    if (operator === "}") {
      return `\${${name}}`;
    }
    if (operator === "/") {
      this.#at += this.#text[this.#at] === "/" ? 1 : 0;
      const pattern = this.#nested("/", true);
      return `\${${name}/${pattern}/${this.#nested("}", true)}}`;
    }
    return `\${${name}${operator}${this.#nested("}", /[#%]$/.test(operator))}}`;
  }

  #name(): string {
    const name = /\p{Nd}+|[@*#?\-$!]|[\p{L}_][\p{L}\p{Nd}_]*/uy;
    name.lastIndex = this.#at;
    const found = name.exec(this.#text)?.[0] ?? "";
    this.#at += found.length;
    return found;
  }

  #operator(): string {
    const char = this.#next();
    if (char === "}" || char === "?") {
      return char;
    }
    if (char === ":") {
      return char + this.#afterColon();
    }
    const change = /[-+]/.test(char) ? "modifiers" : /[#%/]/.test(char) ? "patterns" : null;
    if (change === null || !this.#dialect.has(change)) {
      throw new GivenUp();
    }
    return char;
  }

  #afterColon(): string {
    const char = this.#next();
    const isRefused =
      char === "" ||
      (!/[-+?]/.test(char) && !this.#dialect.has("modifiers")) ||
      (/[#%]/.test(char) && this.#dialect.has("colon-patterns"));
    if (isRefused) {
      throw new GivenUp();
    }
    return char;
  }

  /** Up to `stop`, which is taken. */
  #nested(stop: string, rawEscapes: boolean): string {
    if (this.#depth >= deepestNesting) {
      throw new TooDeep("Too many ${ stand inside each other.");
    }
    const outside = this.#rawEscapes;
    this.#depth += 1;
    this.#rawEscapes =
      rawEscapes !== outside && this.#dialect.has("patterns") ? rawEscapes : outside;
    let inside = "";
    while (this.#text[this.#at] !== stop) {
      if (this.#at >= this.#text.length) {
        throw new GivenUp();
      }
      inside += this.#piece();
    }
    this.#at += 1;
    this.#depth -= 1;
    this.#rawEscapes = outside;
    if (this.#word !== "" && this.#dialect.has("lost-prefix")) {
      this.#word = "";
    }
    return inside;
  }
}
