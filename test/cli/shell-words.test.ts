import { execFileSync } from "node:child_process";
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { joinWords, quote, splitWords } from "../../src/cli/shell-words.ts";

/** Anything an argument can hold: all of Unicode but the zero byte. */
const word = fc
  .oneof(
    fc.string({ unit: "binary" }),
    fc.string({ unit: fc.constantFrom(...Array.from("a '\"\\$`\n\t!*~#;&|<>")) }),
  )
  .map((text) => text.replaceAll("\0", ""));

describe("splitWords", () => {
  it("gives back what joinWords joined", () => {
    fc.assert(
      fc.property(fc.array(word), (words) => {
        expect(splitWords(joinWords(words))).toEqual(words);
      }),
    );
  });

  it("reads quotes as a real shell does", () => {
    const quoted = fc.constantFrom(
      "'a b'",
      '"a b"',
      '"a\\"b"',
      '"\\$x\\`\\\\"',
      '"\\a"',
      "\\ ",
      "\\'",
      "c",
      " ",
      "\t",
      "''",
      '""',
      '"a\\\nb"',
      "\\\n",
      '"a\nb"',
    );
    fc.assert(
      fc.property(fc.array(quoted, { maxLength: 8 }), (parts) => {
        const text = parts.join("");
        const shell = execFileSync("sh", ["-c", `printf '%s\\0' x ${text}`], { encoding: "utf8" });
        expect(splitWords(`x ${text}`)).toEqual(shell.split("\0").slice(0, -1));
      }),
      { numRuns: 60 },
    );
  });

  it.each([
    ["$HOME `id` $(id) *", ["$HOME", "`id`", "$(id)", "*"]],
    ["a;b|c&d>e", ["a;b|c&d>e"]],
    ["a #b", ["a", "#b"]],
    ["  ", []],
    ["", []],
    ["config:set blog/A 'it'\\''s'", ["config:set", "blog/A", "it's"]],
  ])("expands nothing in %j", (text, words) => {
    expect(splitWords(text)).toEqual(words);
  });

  it.each(["'a", '"a', 'a "b\\"', "a\\"])("refuses %j, which is not finished", (text) => {
    expect(() => splitWords(text)).toThrow("not finished");
  });
});

describe("quote", () => {
  it.each([
    ["blog/KEY=a.b:c,d@e", "blog/KEY=a.b:c,d@e"],
    ["", "''"],
    ["a b", "'a b'"],
    ["it's", String.raw`'it'\''s'`],
    ["~root", "'~root'"],
  ])("of %j", (text, quoted) => {
    expect(quote(text)).toBe(quoted);
  });
});
