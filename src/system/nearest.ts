import { closest, distance } from "fastest-levenshtein";

/** Nobody mistypes a longer one, and comparing takes time with the product of both lengths. */
const longestWord = 200;

/** The candidate most like a mistyped word, or null when none is like it. */
export function nearest(word: string, candidates: readonly string[]): string | null {
  if (candidates.length === 0 || word.length > longestWord) {
    return null;
  }
  const best = closest(word, candidates);
  const likeness = Math.max(2, Math.floor(word.length / 3));
  return distance(word, best) <= likeness || best.startsWith(word) ? best : null;
}
