import * as fc from "fast-check";

/** Pieces that mean something to a shell, nginx, git, Docker, SQL, a path or a terminal. */
const nastyPieces = [
  ...Array.from("a Z0-_./\\:;,{}[]()<>|&$`'\"#%~^*?!@=+\n\r\t\0"),
  "..",
  "../",
  "/etc/passwd",
  "$(id)",
  "`id`",
  "--",
  "-x",
  "goku",
  "main",
  ".git",
  ".lock",
  "@{",
  "//",
  "\u00a0",
  "\u2028",
  "\u202e",
  "\u001b[31m",
  "é",
  "\u212a",
  "\u0130",
  "🚀",
  "\ud83d",
  "__proto__",
  "%2e%2e%2f",
  "%00",
  "{{app}}",
];

/** Text that is mostly made of what hurts. */
export const nastyText = fc.oneof(
  fc.array(fc.constantFrom(...nastyPieces), { maxLength: 12 }).map((pieces) => pieces.join("")),
  fc.string({ unit: "binary", maxLength: 40 }),
  fc.string({ unit: "grapheme", maxLength: 40 }),
);

/** What a process can be given: no zero byte, and whole characters. */
export const argumentText = nastyText.map((text) => wellFormed(text.replaceAll("\0", "")));

/** Halves of surrogate pairs are replaced, as by whatever writes text as UTF-8. */
export function wellFormed(text: string): string {
  return Buffer.from(text).toString();
}
