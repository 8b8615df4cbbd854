/**
 * The text without such characters at its end, in one pass: `replace(/x+$/, "")` looks for the end anew at each of a run that is
 * somewhere else, which takes minutes where others choose the text.
 * @param such of a single character
 */
export function withoutEnd(text: string, such: RegExp): string {
  let end = text.length;
  while (end > 0 && such.test(text.charAt(end - 1))) {
    end -= 1;
  }
  return text.slice(0, end);
}
