import * as fc from "fast-check";
import { expect, test } from "vitest";
import { isGokuError } from "../../src/errors.ts";
import { readCname } from "../../src/project/cname.ts";
import { readProject } from "../../src/project/read-project.ts";
import { isDomain } from "../../src/route.ts";
import { main, refusal } from "./reading.ts";

test("every line is a domain and the last one the host name, with or without its line end", () => {
  const expected = { domains: ["a.org", "www.b.org"], hostname: "www.b.org" };
  expect(readCname("a.org\nwww.b.org\n")).toEqual(expected);
  expect(readCname("a.org\nwww.b.org")).toEqual(expected);
});

test("empty lines, comments, capitals and a trailing dot are put right", () => {
  expect(readCname("\n# ours\n  WWW.Example.ORG.  \n\n")).toEqual({
    domains: ["www.example.org"],
    hostname: "www.example.org",
  });
});

test("a domain named twice is one, and the last line still names the machine", () => {
  expect(readCname("a.org\nb.org\nA.org")).toEqual({
    domains: ["a.org", "b.org"],
    hostname: "a.org",
  });
});

test("a wildcard is a domain, but no machine's name", () => {
  expect(readCname("*.a.org")).toEqual({ domains: ["*.a.org"], hostname: null });
});

test("a name that Linux would refuse is no machine's name", () => {
  const long = `${"a".repeat(61)}.org`;
  expect(readCname(long)).toEqual({ domains: [long], hostname: null });
});

test("a file without a domain says nothing", () => {
  expect(readCname("# none yet\n")).toEqual({ domains: [], hostname: null });
});

test.each([
  ["https://www.example.org/x", "Write it as: www.example.org"],
  ["www.example.org:8080", "Write it as: www.example.org"],
  ["müller.de", "Write it as: xn--mller-kva.de"],
  ["a.org b.org", "one domain a line"],
  ["a.org; include /etc/passwd", "one domain a line"],
  ["localhost", "one domain a line"],
  ["10.0.0.1", "one domain a line"],
  ["a..org", "one domain a line"],
  ["*", "one domain a line"],
])("%s is refused with its line and a way out", (line, fix) => {
  const text = refusal(() => readCname(`ok.org\n${line}\n`));
  expect(text).toContain("CNAME line 2");
  expect(text).toContain(fix);
});

const line = fc.oneof(
  fc.domain(),
  fc.string({ unit: "grapheme", maxLength: 30 }),
  fc.constantFrom("", "# x", "*.a.org", "A.ORG.", "\t", "::1", "a_b.org"),
);
const cname = fc
  .tuple(fc.constantFrom("", "\uFEFF"), fc.array(line), fc.constantFrom("\n", "\r\n"))
  .map(([mark, lines, end]) => mark + lines.join(end));

test("any text is refused in words or gives domains that nginx and Docker can take", () => {
  fc.assert(
    fc.property(cname, (text) => {
      const tree = new Map([
        ["Dockerfile", "FROM scratch"],
        ["CNAME", text],
      ]);
      try {
        const { domains, hostname } = readProject(tree, main);
        expect(domains.every(isDomain)).toBe(true);
        expect(new Set(domains).size).toBe(domains.length);
        expect(domains.map((domain) => domain.toLowerCase())).toEqual(domains);
        expect(hostname === null || domains.includes(hostname)).toBe(true);
      } catch (error) {
        if (!isGokuError(error)) {
          throw error;
        }
        expect(error.message).toMatch(/^CNAME line \d+: [^\n]{1,120}$/);
      }
    }),
    { numRuns: 2000 },
  );
});

test("valid domains come back whatever stands around them", () => {
  const noise = fc.constantFrom("", "  ", "# note", "#", "\t\r");
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.domain(), noise), { minLength: 1 }), (entries) => {
      const text = entries.map(([domain, before]) => `${before}\n ${domain} `).join("\r\n");
      const expected = [...new Set(entries.map(([domain]) => domain.toLowerCase()))];
      expect(readCname(text).domains).toEqual(expected);
    }),
  );
});
