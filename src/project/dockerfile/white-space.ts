/** What Go's `unicode.IsSpace` says, which is not what `\s` does: with U+0085, without U+FEFF. */
const space = /^[\t-\r \u0085\u00A0\u1680\u2000-\u200A\u2028\u2029\u202F\u205F\u3000]$/;

export function isSpace(char: string): boolean {
  return space.test(char);
}

/** Without the white space at its beginning. */
export function trimStart(text: string): string {
  let from = 0;
  while (from < text.length && isSpace(text[from] ?? "")) {
    from += 1;
  }
  return text.slice(from);
}

/** Without the white space at both ends. */
export function trim(text: string): string {
  const from = trimStart(text);
  let to = from.length;
  while (to > 0 && isSpace(from[to - 1] ?? "")) {
    to -= 1;
  }
  return from.slice(0, to);
}

/** At the white space that stands between the words of an instruction: ASCII's alone. */
export function splitArguments(text: string): string[] {
  return text.split(/[\t\v\f\r ]+/);
}
