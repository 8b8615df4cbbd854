/** A text whose variables were put in. */
export interface Expanded {
  readonly value: string;
  /** Why the value cannot be known from the Dockerfile; null when it is. */
  readonly problem: string | null;
  /** It has no value: to some versions of BuildKit it is empty then, to others not set. */
  readonly isMissing?: true;
}

export type Scope = ReadonlyMap<string, Expanded>;

/** Nobody means more than this, and `ENV A=$A$A` forty times would. */
export const longestValue = 4096;
export const deepestNesting = 16;

/**
 * Puts variables into a text and takes its quotes away, by the rules of BuildKit's shell words:
 * `$X ${X} ${X:-word} ${X-word} ${X:+word} ${X+word} ${X:?word} ${X?word}`. An unset variable is empty, as it
 * is for Docker, and a problem; so are BuildKit's patterns (`${X%.*}`), which nobody has wanted here yet.
 */
export function expand(text: string, scope: Scope, escape: string): Expanded {
  // As BuildKit's scanner does.
  const expansion = new Expansion(text.replace(/^\uFEFF/, ""), scope, escape);
  const value = expansion.read(null);
  return value.length > longestValue
    ? { value: "", problem: `it grows past ${longestValue} characters` }
    : { value, problem: expansion.problem };
}

class Expansion {
  problem: string | null = null;
  /** BuildKit gives up, wherever this stands. */
  #fault: string | null = null;
  #at = 0;
  #depth = 0;
  readonly #text: string;
  readonly #scope: Scope;
  readonly #escape: string;

  constructor(text: string, scope: Scope, escape: string) {
    this.#text = text;
    this.#scope = scope;
    this.#escape = escape;
  }

  /** Up to `stop`, which is taken, or the end. */
  read(stop: "}" | '"' | null): string {
    const quoted = stop === '"';
    let value = "";
    while (this.#at < this.#text.length) {
      const char = this.#next();
      if (char === stop) {
        return value;
      }
      if (char === this.#escape) {
        value += this.#escaped(quoted);
      } else if (char === "$") {
        value += this.#variable();
      } else if (char === "'" && !quoted) {
        value += this.#singleQuoted();
      } else if (char === '"') {
        value += this.read('"');
      } else {
        value += char;
      }
    }
    if (stop !== null) {
      this.#giveUp(`a ${stop} is missing`);
    }
    return value;
  }

  #next(): string {
    const char = this.#text[this.#at] ?? "";
    this.#at += 1;
    return char;
  }

  #fail(problem: string): void {
    this.problem ??= problem;
  }

  #giveUp(problem: string): void {
    this.#fail(problem);
    this.#fault ??= problem;
  }

  /** Between double quotes only quotes, dollars and the escape character itself can be escaped. */
  #escaped(quoted: boolean): string {
    const char = this.#next();
    return quoted && char !== '"' && char !== "$" && char !== this.#escape
      ? this.#escape + char
      : char;
  }

  #singleQuoted(): string {
    const end = this.#text.indexOf("'", this.#at);
    if (end === -1) {
      this.#giveUp("a ' is missing");
    }
    const value = this.#text.slice(this.#at, end === -1 ? undefined : end);
    this.#at += value.length + 1;
    return value;
  }

  #variable(): string {
    if (this.#text[this.#at] !== "{") {
      const name = this.#name();
      if (name === "" && /[@*#?\-$!]/.test(this.#text[this.#at] ?? "")) {
        this.#giveUp("a $ is followed by what is no name");
      }
      return name === "" ? "$" : this.#valueOf(name);
    }
    this.#at += 1;
    const name = this.#name();
    if (name === "") {
      this.#giveUp("${ is not followed by a name");
      return "";
    }
    const operator = this.#operator();
    if (operator === "") {
      return this.#valueOf(name);
    }
    if (this.#depth >= deepestNesting) {
      this.#giveUp("too many ${ inside each other");
      this.#at = this.#text.length;
      return "";
    }
    this.#depth += 1;
    const before = this.problem;
    const word = this.read("}");
    this.#depth -= 1;
    return this.#substitute(name, operator, word, before);
  }

  #name(): string {
    const rest = /(?:\d+|[A-Za-z_][A-Za-z0-9_]*)/y;
    rest.lastIndex = this.#at;
    const name = rest.exec(this.#text)?.[0] ?? "";
    this.#at += name.length;
    if (/[\u0080-\uFFFF]/.test(this.#text[this.#at] ?? "")) {
      this.#giveUp("only letters of English, digits and _ are understood in names");
    }
    return name;
  }

  /** Empty for a plain `}`, which is taken. */
  #operator(): string {
    const known = /\}|:?[-+?]/y;
    known.lastIndex = this.#at;
    const operator = known.exec(this.#text)?.[0];
    if (operator === undefined) {
      this.#giveUp("of the forms with ${} only :- - :+ + :? ? are understood");
      this.#at = this.#text.length;
      return "";
    }
    this.#at += operator.length;
    return operator === "}" ? "" : operator;
  }

  /** @param before the problem as it was before the word was read: an unused word cannot have one */
  #substitute(name: string, operator: string, word: string, before: string | null): string {
    const variable = this.#scope.get(name);
    if (variable !== undefined && variable.problem !== null) {
      return this.#valueOf(name, operator);
    }
    const takesEmpty = operator.startsWith(":");
    if (variable?.isMissing && !takesEmpty) {
      this.#giveUp(
        `the variable ${name} has no value, and only \${${name}:${operator}} can mend it`,
      );
      return "";
    }
    const missing = variable === undefined || (takesEmpty && variable.value === "");
    const wordCounts = operator.endsWith("-") ? missing : operator.endsWith("+") && !missing;
    if (wordCounts) {
      return word;
    }
    this.problem = before ?? this.#fault;
    if (operator.endsWith("?") && missing) {
      this.#giveUp(`the variable ${name} has no value${word === "" ? "" : ` (${word})`}`);
    }
    return missing || operator.endsWith("+") ? "" : this.#valueOf(name, operator);
  }

  #valueOf(name: string, operator = ""): string {
    const variable = this.#scope.get(name);
    if (variable === undefined || (variable.isMissing && operator === "")) {
      this.#fail(`the variable ${name} has no value`);
      return "";
    }
    if (variable.problem !== null) {
      this.#fail(variable.problem);
      // Whether BuildKit gives up here is then not known either.
      this.#fault ??= operator.endsWith("?") ? variable.problem : null;
    }
    return variable.value;
  }
}
