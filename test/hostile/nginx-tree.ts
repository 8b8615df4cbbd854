/** A directive as nginx reads it; a simple one has no block. */
export interface Directive {
  readonly words: readonly string[];
  readonly block: readonly Directive[] | null;
}

/** Reads a configuration by nginx's rules for words, quotes, comments and blocks. @throws Error where they do not fit */
export function readNginx(text: string): Directive[] {
  const tokens = tokensOf(text);
  let at = 0;
  const readBlock = (isTop: boolean): Directive[] => {
    const found: Directive[] = [];
    let words: string[] = [];
    for (; at < tokens.length; at += 1) {
      const { mark, word } = tokens[at] ?? { mark: null, word: "" };
      if (mark === null) {
        words.push(word);
      } else if (mark === ";") {
        found.push({ words, block: null });
        words = [];
      } else if (mark === "{") {
        at += 1;
        found.push({ words, block: readBlock(false) });
        words = [];
      } else if (isTop || words.length > 0) {
        throw new Error("a brace too many");
      } else {
        return found;
      }
    }
    if (!isTop || words.length > 0) {
      throw new Error("it ends in the middle");
    }
    return found;
  };
  return readBlock(true);
}

interface Token {
  readonly mark: ";" | "{" | "}" | null;
  readonly word: string;
}

const pattern =
  /\s+|#[^\n]*|(?<mark>[;{}])|"(?<double>(?:[^"\\]|\\.)*)"|'(?<single>(?:[^'\\]|\\.)*)'|(?<plain>(?:\$\{|\\.|[^\s;{}"'\\])(?:\$\{|\\.|[^\s;{}\\])*)/gsu;

function tokensOf(text: string): Token[] {
  const tokens: Token[] = [];
  let end = 0;
  for (const found of text.matchAll(pattern)) {
    if (found.index !== end) {
      throw new Error(`nginx would stumble at ${end}`);
    }
    end += found[0].length;
    const { mark, double, single, plain } = found.groups ?? {};
    if (mark === ";" || mark === "{" || mark === "}") {
      tokens.push({ mark, word: "" });
    } else {
      const word = double ?? single ?? plain;
      tokens.push(...(word === undefined ? [] : [{ mark: null, word }]));
    }
  }
  return tokens;
}

/** Names of the directives and their blocks, without what they are given. */
export function shapeOf(directives: readonly Directive[]): unknown[] {
  return directives.map(({ words, block }) =>
    block === null ? words[0] : [words[0], ...shapeOf(block)],
  );
}
