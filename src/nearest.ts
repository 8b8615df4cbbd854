/** Nobody mistypes a longer one, and comparing takes time with the product of both lengths. */
const longestWord = 200;

/** The candidate most like a mistyped word, else one that it is the beginning of; null when there is none. */
export function nearest(word: string, candidates: readonly string[]): string | null {
  if (word.length > longestWord) {
    return null;
  }
  const best = closest(word, candidates);
  const likeness = Math.max(2, Math.floor(word.length / 3));
  return best !== null && edits(word, best) <= likeness
    ? best
    : (candidates.find((candidate) => candidate.startsWith(word)) ?? null);
}

/** The candidate with the fewest edits, the first of several; null where there is none. */
export function closest(word: string, candidates: readonly string[]): string | null {
  const [best] = candidates
    .map((candidate) => ({ candidate, count: edits(word, candidate) }))
    .toSorted((one, other) => one.count - other.count);
  return best?.candidate ?? null;
}

/** Letters to put in, leave out, exchange, or swap with the next one, to make the one word the other. */
export function edits(one: string, other: string): number {
  // Edits between the beginnings of both, a row for each length of the one; the last two are all that counts.
  let before: number[] = [];
  let last = Array.from({ length: other.length + 1 }, (_, at) => at);
  for (let row = 1; row <= one.length; row++) {
    const next = [row];
    for (let at = 1; at <= other.length; at++) {
      const isSame = one[row - 1] === other[at - 1];
      const isSwapped = one[row - 1] === other[at - 2] && one[row - 2] === other[at - 1];
      next.push(
        Math.min(
          (last[at - 1] ?? 0) + (isSame ? 0 : 1),
          (last[at] ?? 0) + 1,
          (next[at - 1] ?? 0) + 1,
          isSwapped && row > 1 && at > 1 ? (before[at - 2] ?? 0) + 1 : Infinity,
        ),
      );
    }
    [before, last] = [last, next];
  }
  return last.at(-1) ?? 0;
}
