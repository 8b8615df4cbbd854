/**
 * Where versions of BuildKit read the same text in different ways, oldest change first. Docker 23, the oldest that Goku works
 * with, has 0.10; `# syntax=` brings any later one.
 */
export const changes = [
  /** 0.12: `${A-x}` and `${A+x}` without a colon, and anything behind one. */
  "modifiers",
  /** 0.13: `${A#x}`, `${A%x}` and `${A/x/y}`. */
  "patterns",
  /** 0.14: `# check=` is a directive, and so doesn't end them. */
  "check",
  /** 0.15: an array that something follows is no array. */
  "whole-arrays",
  /** 0.15: words lose what stands before a `${A:-x}` in them. */
  "lost-prefix",
  /** 0.16: `${A:#x}` is refused. */
  "colon-patterns",
  /** 0.21: the file's own escape character counts in flags. */
  "flag-escape",
  /** 0.22: `<< EOF` */
  "heredoc-space",
  /** 0.27: any white space may follow the `#` of a directive. */
  "directive-space",
] as const;

export type Change = (typeof changes)[number];

/** One version of BuildKit, as far as reading goes. */
export class Dialect {
  /** The newest version that may read what was read in another way, of those before this one; null for none. */
  before: Dialect | null = null;
  readonly #count: number;

  /** @param count of the changes that it has */
  constructor(count: number) {
    this.#count = count;
  }

  /** Asked only where it makes a difference. */
  has(change: Change): boolean {
    const at = changes.indexOf(change);
    const isHere = at < this.#count;
    if (isHere && (this.before === null || at > this.before.#count)) {
      this.before = new Dialect(at);
    }
    return isHere;
  }
}
