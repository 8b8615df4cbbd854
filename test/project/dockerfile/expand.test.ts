import * as fc from "fast-check";
import { expect, test } from "vitest";
import { expand, type Expanded } from "../../../src/project/dockerfile/expand.ts";

const known = (value: string): Expanded => ({ value, problem: null });
const scope = new Map([
  ["PORT", known("80")],
  ["EMPTY", known("")],
  ["LOST", { value: "", problem: "the variable X has no value" }],
]);

test.each([
  ["80", "80"],
  ["$PORT", "80"],
  ["8$PORT", "880"],
  ["${PORT}80", "8080"],
  ['"$PORT 1"', "80 1"],
  ["'$PORT'", "$PORT"],
  ["\\$PORT", "$PORT"],
  ['"\\$PORT \\n"', "$PORT \\n"],
  ["${PORT:-1}", "80"],
  ["${NONE:-1}", "1"],
  ["${NONE-1}", "1"],
  ["${EMPTY:-1}", "1"],
  ["${EMPTY-1}", ""],
  ["${NONE:-$PORT}", "80"],
  ['${NONE:-"a}b"}', "a}b"],
  ["${PORT:-$NONE}", "80"],
  ["${PORT:+1}", "1"],
  ["${EMPTY:+1}", ""],
  ["${EMPTY+1}", "1"],
  ["${NONE+$NONE}", ""],
  ["${PORT:?needed}", "80"],
  ["$", "$"],
  ["a$/b", "a$/b"],
])("%s becomes %j", (text, value) => expect(expand(text, scope, "\\")).toEqual(known(value)));

test("the escape character can be another", () =>
  expect(expand("`$PORT \\$PORT", scope, "`")).toEqual(known("$PORT \\80")));

test.each([
  ["$NONE", "the variable NONE has no value"],
  ["${NONE:+1}$NONE", "the variable NONE has no value"],
  ["${NONE:?set it}", "the variable NONE has no value (set it)"],
  ["${EMPTY:?}", "the variable EMPTY has no value"],
  ["$LOST", "the variable X has no value"],
  ["${LOST:-1}", "the variable X has no value"],
  ["${PORT", "of the forms with ${} only"],
  ["${PORT%0}", "of the forms with ${} only"],
  ["${}", "${ is not followed by a name"],
  ["${NONE:-1", "a } is missing"],
  ['"80', 'a " is missing'],
  ["'80", "a ' is missing"],
  ["a$-b", "a $ is followed by what is no name"],
  ["$PORTé", "only letters of English"],
  ["${NONE:+${NONE?}}", "the variable NONE has no value"],
  ["${NONE:+${LOST?}}", "the variable X has no value"],
  ["${A:-".repeat(5000), "too many ${ inside each other"],
])("%s cannot be known", (text, problem) =>
  expect(expand(text, scope, "\\").problem).toContain(problem),
);

test("a value does not grow without end", () => {
  const wide = new Map([["A", known("x".repeat(4000))]]);
  expect(expand("$A$A", wide, "\\")).toEqual({ value: "", problem: expect.any(String) });
});

test("any text ends in a value", () => {
  const piece = fc.constantFrom("$", "{", "}", "PORT", "NONE", ":-", "+", "?", '"', "'", "\\", " ");
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 40 }), (pieces) => {
      const { value, problem } = expand(pieces.join(""), scope, "\\");
      expect(typeof value).toBe("string");
      expect(problem).not.toBe("");
    }),
    { numRuns: 5000 },
  );
});
