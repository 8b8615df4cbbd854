import * as fc from "fast-check";
import { expect, test } from "vitest";
import { isGokuError } from "../../../src/errors.ts";
import { readInstructions } from "../../../src/project/dockerfile/instructions.ts";
import { readDockerfile } from "../../../src/project/dockerfile/read-dockerfile.ts";
import { refusal } from "../reading.ts";

const shop = "shop-main:v3";
const imagesOf = (text: string, args = {}) =>
  readDockerfile(readInstructions(text), args).baseImages;

test.each([
  ["a line that ends with two backslashes", `FROM alpine\nRUN true \\\\\nFROM ${shop}`],
  ["a vertical tab", `FROM alpine\nFROM\v${shop}`],
  ["a form feed", `FROM alpine\nFROM\f${shop}`],
  ["white space of Unicode before it", `FROM alpine\n\u00A0FROM ${shop}`],
  ["white space that JavaScript does not know", `FROM alpine\n\u0085FROM ${shop}`],
  ["an unknown directive", `# a=b\n# escape=\`\nFROM alpine\nRUN true \`\nFROM ${shop}`],
  ["what is no heredoc", `FROM alpine\nRUN true <<a<b\nFROM ${shop}`],
  ["a heredoc of two words", `FROM alpine\nRUN true <<- X\nFROM ${shop}`],
  ["a quote that is open", `FROM alpine\nRUN echo ' <<X\nFROM ${shop}`],
  ["a heredoc's name between quotes", `FROM alpine\nRUN <<"a b"\nx\na b\nFROM ${shop}`],
  ["tabs before the end of one without a dash", `FROM alpine\nRUN <<X\n\tX\nX\nFROM ${shop}`],
  ["a heredoc after an array", `FROM alpine\nRUN ["a", "<<X"]\nFROM ${shop}`],
  ["a heredoc in what takes none", `FROM alpine\nENV a <<X\nFROM ${shop}`],
  ["an empty line in an instruction", `FROM alpine\nRUN \\\n\n# x\n true\nFROM ${shop}`],
  ["a file that ends in one", `FROM alpine\nFROM ${shop} \\`],
  ["a capital that Go makes small", `FROM ${shop} AS \u212A\nFROM alpine\nCOPY --from=k / /`],
  ["a second flag", `FROM alpine\nCOPY --link --from=${shop} / /`],
  ["quotes around a flag", `FROM alpine\nCOPY --"from"="shop"-main:'v3' / /`],
  ["an escaped letter in a flag", `FROM alpine\nCOPY --from=shop\\-main:v3 / /`],
  ["half a letter that ends a flag", `FROM alpine\nCOPY --link=\u00E0--from=${shop} / /`],
])("after %s the image is found", (_, text) => {
  expect(imagesOf(text)).toContain(shop);
});

test.each([
  ["a heredoc with a space", `RUN true << "ARG x"\nFROM ${shop}\nARG x`],
  ["text behind an array", `RUN ["a"] <<"ARG x"\nFROM ${shop}\nARG x`],
  ["a variable in its name", "RUN true <<FROM\\ ${x:-x}\nARG x\nFROM ${x:-x}\nARG FROM=1"],
  ["a directive of new versions", `# check=skip=all\n# escape=\`\nFROM alpine\nRUN a \`\nARG x`],
])("%s, which versions of Docker read differently, is refused", (_, lines) => {
  const text = lines.startsWith("#") ? lines : `FROM alpine\n${lines}`;
  expect(refusal(() => imagesOf(text))).toContain("Versions of Docker");
});

test.each([
  ["RUN cat << EOF > x\nhello\nEOF\nFROM debian", ["debian"]],
  ["RUN echo $((1 << 2))\nFROM debian", ["debian"]],
  ["RUN echo ${A:-b} <<EOF\nx\nEOF\nFROM debian", ["debian"]],
])("%j is read as the versions do that take it", (text, images) => {
  expect(imagesOf(`FROM alpine\n${text}`)).toEqual(images);
});

test.each([
  ["FROM a\nRUN <<X\ny", 2, "The heredoc <<X has no end."],
  ["# escape=\\\n# escape=`\nFROM a", 2, "There are two # escape= lines."],
  ["# escape=x\nFROM a", 1, "# escape= takes \\ or `"],
  ['FROM a\nCOPY [1, "<<X"]', 2, "An array of anything but strings"],
  [`FROM a\nRUN <<X ${"${a:-".repeat(20)}`, 2, "Too many ${"],
])("%j, which no Docker builds, is refused with its line", (text, line, problem) => {
  expect(refusal(() => readInstructions(text))).toContain(`Dockerfile line ${line}: ${problem}`);
});

test("comments have their lines, and say whether they stand within an instruction", () => {
  const text =
    "# escape=`\n# one\n #two\nFROM a\nRUN x `\n# three\n`\n y\nRUN <<X\n# text\nX\n# four\nRUN z `\n# five";
  const { comments, escape, instructions } = readInstructions(text);
  expect(escape).toBe("`");
  expect(comments).toEqual([
    { line: 2, text: "# one", continued: false },
    { line: 6, text: "# three", continued: true },
    { line: 12, text: "# four", continued: false },
    { line: 14, text: "# five", continued: true },
  ]);
  expect(instructions.map(({ keyword, line, text: said }) => [keyword, line, said])).toEqual([
    ["FROM", 4, "a"],
    ["RUN", 5, "x  y"],
    ["RUN", 9, "<<X"],
    ["RUN", 13, "z"],
  ]);
});

test("what ONBUILD runs has its heredoc with it", () => {
  const [, trigger] = readInstructions("FROM a\nONBUILD RUN <<X\ny\nX").instructions;
  expect(trigger?.text).toBe("RUN <<X\ny\nX");
  expect(readInstructions(trigger?.text ?? "").instructions).toHaveLength(1);
});

test.each([
  ["ARG A=x B=${A:+shop-main:v3}\nFROM ${B:-alpine}", {}],
  ["FROM $TARGETARCH", { TARGETARCH: shop }],
  ["ARG A\nFROM ${A:-shop-main:v3}", {}],
])("%j is seen to build on the other app's image", (text, args) => {
  expect(imagesOf(text, args)).toEqual([shop]);
});

test.each([
  "ARG BUILDKIT_CACHE_MOUNT_NS\nFROM ${BUILDKIT_CACHE_MOUNT_NS:+shop-main:v3}${BUILDKIT_CACHE_MOUNT_NS:-alpine}",
  "FROM ${TARGETVARIANT-alpine}${TARGETVARIANT+shop-main:v3}",
  "FROM ${TARGETSTAGE-alpine}",
  "ARG http_proxy=alpine\nFROM $http_proxy",
  "ARG A\nFROM ${A-alpine}${A+shop-main:v3}",
  "ARG A=alpine\nARG A\nFROM ${A:-shop-main:v3}",
  "ARG A=${B-alpine}\nFROM ${A:-shop-main:v3}",
  "ARG A=$@\nARG B=${A:+alpine}\nFROM ${B:-shop-main:v3}",
  "ARG A=$\u00E4\nARG B=${A:+alpine}\nFROM ${B:-shop-main:v3}",
  "ARG A=${B:+${C?}}alpine\nFROM ${A:-shop-main:v3}",
])("%j, whose image is not certain, is refused", (text) => {
  expect(refusal(() => imagesOf(text))).toContain("is not an image");
});

test("a byte order mark is no value, as for BuildKit", () => {
  expect(imagesOf("ARG A=\uFEFF\nARG B=${A:+alpine}\nFROM ${B:-shop-main:v3}")).toEqual([shop]);
});

test("any text is read or refused", () => {
  const piece = fc.constantFrom(
    ..."FROM a|RUN x|COPY --from=b|\n|\\|`|<<X|<<|X|-| |\t|\v|#|# escape=`|[|\"|'|$|${a:-|}|--|\u00A0|\r|ONBUILD".split(
      "|",
    ),
  );
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 30 }), (pieces) => {
      try {
        const { instructions } = readInstructions(pieces.join(""));
        expect(instructions.map(({ line }) => line)).toEqual(
          instructions.map(({ line }) => line).toSorted((a, b) => a - b),
        );
      } catch (error) {
        expect(isGokuError(error)).toBe(true);
      }
    }),
    { numRuns: 3000 },
  );
});
