import { usage } from "../errors.ts";

/** Words that mean themselves to every POSIX shell. */
const plainWord = /^[A-Za-z0-9_@%+=:,./-]+$/;

/** One word as a POSIX shell reads it back unchanged. */
export function quote(word: string): string {
  return plainWord.test(word) ? word : `'${word.replaceAll("'", String.raw`'\''`)}'`;
}

/** One line, or with line breaks in words more, that `splitWords` and every POSIX shell take apart again. */
export function joinWords(words: readonly string[]): string {
  return words.map(quote).join(" ");
}

/**
 * Takes a command apart by POSIX quoting, and nothing else of the shell: no variables, no patterns, no operators.
 * @throws usage for a quote that is not closed
 */
export function splitWords(text: string): string[] {
  const words: string[] = [];
  let rest = text;
  let word: string | null = null;
  while (rest !== "") {
    if (rest.startsWith(lineContinuation)) {
      rest = rest.slice(lineContinuation.length);
      continue;
    }
    const token = tokenAt(rest);
    rest = rest.slice(token.length);
    if (token.text === null) {
      words.push(...(word === null ? [] : [word]));
      word = null;
    } else {
      word = (word ?? "") + token.text;
    }
  }
  return word === null ? words : [...words, word];
}

const lineContinuation = "\\\n";

interface Token {
  /** Characters of the source. */
  readonly length: number;
  /** What it adds to the word; null ends the word. */
  readonly text: string | null;
}

/** POSIX 2.2: what may follow a backslash within double quotes and lose it. */
const escapedInDouble = /\\([$`"\\\n])/g;

const tokens: readonly [RegExp, (found: RegExpExecArray) => string | null][] = [
  [/^[ \t\n]+/, () => null],
  [/^'([^']*)'/, ([, text = ""]) => text],
  [
    /^"((?:[^"\\]|\\[^])*)"/,
    ([, text = ""]) =>
      text.replaceAll(escapedInDouble, (_, character: string) =>
        character === "\n" ? "" : character,
      ),
  ],
  [/^\\([^])/u, ([, character = ""]) => character],
  [/^[^ \t\n'"\\]+/, ([text]) => text],
];

function tokenAt(source: string): Token {
  for (const [pattern, read] of tokens) {
    const found = pattern.exec(source);
    if (found !== null) {
      return { length: found[0].length, text: read(found) };
    }
  }
  throw usage(
    "A quote or a backslash in the command is not finished.",
    "By SSH a value with spaces needs quotes of its own: ssh -p 2222 git@host \"config:set app/KEY 'a value'\", or use octo -H git@host:2222",
  );
}
