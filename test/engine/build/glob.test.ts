import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { globMatcher } from "../../../src/engine/build/glob.ts";

const isMeant = (pattern: string, path: string) => globMatcher(pattern)?.(path);

/* As BuildKit's own tests have it (moby/patternmatcher). */
it.each<[string, string, boolean]>([
  ["**", "file", true],
  ["**", "dir/file", true],
  ["**/**", "dir/file", true],
  ["dir/**", "dir/file", true],
  ["dir/**", "dir/dir2/file", true],
  ["**/dir", "dir", true],
  ["**/dir", "dir/file", true],
  ["**/dir2/*", "dir/dir2/file", true],
  ["**/dir2/**", "dir/dir2/dir3/file", true],
  ["**file", "file", true],
  ["**file", "dir/file", true],
  ["**file", "dir/profile", true],
  ["**file*", "dir/profile", false],
  ["**/file", "dir/dir/file", true],
  ["**/file*txt", "dir/dir/file.txt", true],
  ["**/file*.txt*", "dir/dir/file.txt", true],
  ["**/**/*.txt", "dir/dir/file.txt", true],
  ["**/**/*.txt2", "dir/dir/file.txt", false],
  ["**/*.txt", "file.txt", true],
  ["**/**/*.txt", "file.txt", true],
  ["a**/*.txt", "a/file.txt", true],
  ["a**/*.txt", "a/dir/dir/file.txt", true],
  ["a/*.txt", "a/dir/file.txt", false],
  ["a/*.txt**", "a/file.txt", true],
  ["a[b-d]e", "ae", false],
  ["a[b-d]e", "ace", true],
  ["a[b-d]e", "aae", false],
  ["a[^b-d]e", "aze", true],
  [".*", ".foo", true],
  [".*", "foo", false],
  ["abc.def", "abcdef", false],
  ["abc.def", "abcZdef", false],
  ["abc?def", "abcZdef", true],
  ["abc?def", "abcdef", false],
  ["a\\\\", "a\\", true],
  ["**/foo/bar", "foo/bar", true],
  ["**/foo/bar", "dir/dir2/foo/bar", true],
  ["abc/**", "abc", false],
  ["abc/**", "abc/def/ghi", true],
  ["**/.foo", ".foo", true],
  ["**/.foo", "bar.foo", false],
  ["a(b)c/def", "a(b)c/xyz", false],
  ["a.|)$(}+{bc", "a.|)$(}+{bc", true],
  ["a\\*b", "a*b", true],
  ["a\\*b", "ab", false],
  ["a*", "ab/c", true],
  ["a*/b", "a/c/b", false],
  ["a*b*c*d*e*/f", "axbxcxdxexxx/f", true],
  ["a*b*c*d*e*/f", "axbxcxdxe/xxx/f", false],
  ["a*b*c*d*e*/f", "axbxcxdxexxx/fff", false],
  ["a*b?c*x", "abxbbxdbxebxczzx", true],
  ["a*b?c*x", "abxbbxdbxebxczzy", false],
  ["a?b", "a☺b", true],
  ["a?b", "a😀b", true],
  ["a[^a]b", "a☺b", true],
  ["a???b", "a☺b", false],
  ["[a-ζ]*", "α", true],
  ["*[a-ζ]", "A", false],
  ["a?b", "a/b", false],
  ["a*b", "a/b", false],
  ["[\\]a]", "]", true],
  ["[\\-]", "-", true],
  ["[x\\-]", "z", false],
  ["[\\-x]", "a", false],
  ["*x", "xxx", true],
])("%s and %s: %s", (pattern, path, expected) => {
  expect(isMeant(pattern, path)).toBe(expected);
});

it.each([
  "[",
  "a[",
  "[]a]",
  "[-]",
  "[x-]",
  "[-x]",
  "[a-b-c]",
  "[^",
  "[^bc",
  "[z-a]",
  "a\\",
  "[a\\",
])("%s is no pattern", (pattern) => {
  expect(globMatcher(pattern)).toBeNull();
});

/** What BuildKit makes of a pattern, without classes: its way of taking back and trying again does no harm to short texts. */
function expression(pattern: string): RegExp {
  const text = pattern.replaceAll(/\*\*\/?$|\*\*\/?|\*|\?|\\.|[.+]/gs, (part, at: number) => {
    if (part.startsWith("**")) {
      return at + part.length === pattern.length ? ".*" : "(?:.*/)?";
    }
    return { "*": "[^/]*", "?": "[^/]" }[part] ?? (part.startsWith("\\") ? part : `\\${part}`);
  });
  return new RegExp(
    /^\*\*[^/*?\\][^*?\\]*$/.test(pattern) ? `${pattern.slice(2)}$` : `^${text}$`,
    "su",
  );
}

describe("any pattern", () => {
  const part = (...letters: readonly string[]) =>
    fc
      .array(fc.constantFrom(...letters), { minLength: 1, maxLength: 10 })
      .map((all) => all.join(""));

  it("means a path when BuildKit's expression fits it or a folder it is in", () => {
    const paths = part("a", "b", "/a", "/b").map((path) => path.replace(/^\//, ""));
    fc.assert(
      fc.property(part("a", "b", "/", "*", "**", "**/", "?", "\\*"), paths, (pattern, path) => {
        const names = path.split("/");
        const prefixes = names.map((_, at) => names.slice(0, at + 1).join("/"));
        const fits = prefixes.some((prefix) => expression(pattern).test(prefix));
        expect(isMeant(pattern, path)).toBe(fits);
      }),
      { numRuns: 3000 },
    );
  });
});
