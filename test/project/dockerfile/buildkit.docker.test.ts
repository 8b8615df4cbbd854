import Docker from "dockerode";
import * as fc from "fast-check";
import { text } from "node:stream/consumers";
import { expect, test } from "vitest";
import { isGokuError } from "../../../src/errors.ts";
import { baseImages } from "../../../src/project/dockerfile/base-images.ts";
import { readInstructions } from "../../../src/project/dockerfile/instructions.ts";
import { readGlobals } from "../../../src/project/dockerfile/scope.ts";
import { readStages } from "../../../src/project/dockerfile/stages.ts";
import { tarOf } from "../../trees/shelf.ts";

/*
 * Whose image a build takes is judged by what Goku reads, and so Docker's own builder is asked about the same files. Names in
 * capitals are none, which BuildKit says of one without asking any registry.
 */

const docker = new Docker();

/** The image that BuildKit stumbles over; null where it says something else, as of what it cannot read. */
async function stumblesOver(dockerfile: string): Promise<string | null> {
  const stream = await docker.buildImage(tarOf({ Dockerfile: dockerfile }), { version: "2" });
  const said = await text(stream);
  const made = /"aux":\{"ID":"(sha256:\w+)"\}/.exec(said)?.[1];
  if (made !== undefined) {
    // Two of the files may have made the same one.
    await docker
      .getImage(made)
      .remove()
      .catch(() => null);
  }
  return /failed to parse stage name \\"(\w*)\\"/.exec(said)?.[1] ?? null;
}

/** The images of all stages, which BuildKit looks at even where it needs them not; null where Goku refuses. */
function imagesOf(dockerfile: string): string[] | null {
  try {
    const lines = dockerfile.replace(/^\uFEFF/, "").replaceAll("\r\n", "\n");
    const { instructions, escape } = readInstructions(lines);
    const first = instructions.findIndex(({ keyword }) => keyword === "FROM");
    const variables = readGlobals(instructions.slice(0, first), {}, escape);
    const stages = readStages(instructions.slice(first), variables);
    return stages.flatMap((_, at) => baseImages(stages.slice(0, at + 1)));
  } catch (error) {
    if (isGokuError(error)) {
      return null;
    }
    throw error;
  }
}

const seldom = (...odd: readonly string[]) =>
  fc.oneof(
    { weight: 5, arbitrary: fc.constant("") },
    { weight: 1, arbitrary: fc.constantFrom(...odd) },
  );
const gap = fc.constantFrom(" ", " ", " ", "\t", "\v", "\f", " \t");
const before = seldom(" ", "\t", "\v", "\f", "\r", "\u00A0", "\u0085", "\u2028", "\uFEFF");
const end = seldom("\\", " \\", " \\\\", "\\\\\\", " \\ ", "\\\u00A0", "`", " ``", "\r");
const glued = (...parts: readonly fc.Arbitrary<string>[]) =>
  fc.tuple(...parts).map((each) => each.join(""));

const from = glued(
  fc.constantFrom("FROM", "from", "FrOm"),
  gap,
  fc.constantFrom("A", "B", "C", "scratch", "C AS c"),
);
const run = glued(
  fc.constantFrom("RUN", "RUN", "ONBUILD RUN", "ENV a", 'RUN ["a"]', "RUN '", "CMD", "RUN ${a:-b}"),
  fc.constantFrom(" x", " <<", " <<-", " 1<<", "<<", " \\<<", " '<<", " <\\<"),
  fc.constantFrom("X", "X", "'X'", "X\\ Y", "a<b", '"', "$X", "${X:-a b}", "${X", " X", "-", ""),
  fc.constantFrom("", "", " y", " <<Y", "'"),
);
/** What may be a heredoc, or may not. */
const block = fc
  .tuple(run, from, fc.constantFrom("X", "\tX", "X\r", "X Y", "$X", "X\nY", ""))
  .map((lines) => lines.join("\n"));
const copy = glued(
  fc.constantFrom("COPY --from=", 'COPY --"from"=', "COPY --fr\\om=", "COPY --link --from="),
  fc.constantFrom("D", "'D'", '"D"E', "\\D"),
  fc.constant(" a b"),
);
const other = fc.constantFrom("", "#", "# x", " # x", "ENV a=b");
const line = glued(before, fc.oneof(from, from, run, block, block, copy, other), end);
const files = fc
  .tuple(
    fc.constantFrom("", "", "\uFEFF"),
    seldom(
      "# escape=`",
      " #escape = `",
      "# a=b\n# escape=`",
      "#\u00A0escape=`",
      "# check=a\n#escape=`",
    ),
    from,
    fc.array(line, { minLength: 1, maxLength: 4 }),
    fc.constantFrom("\n", "\r\n"),
  )
  .map(
    ([bom, directive, first, lines, eol]) =>
      bom + [directive, first, ...lines].join("\n").replaceAll("\n", eol),
  );

const enough = 30;
/** For so long, and on a busy machine until there are enough. */
const usualMs = 20_000;

test("what BuildKit would take, Goku has found", async () => {
  const compared: string[] = [];
  const sixteen = fc.array(files, { minLength: 16, maxLength: 16 });
  const property = fc.asyncProperty(sixteen, async (some) => {
    const found = await Promise.all(some.map(stumblesOver));
    for (const [at, dockerfile] of some.entries()) {
      const image = found[at] ?? null;
      const images = image === null ? null : imagesOf(dockerfile);
      if (images !== null) {
        compared.push(dockerfile);
        expect(images, JSON.stringify(dockerfile)).toContain(image);
      }
    }
  });
  const began = performance.now();
  while (compared.length <= enough || performance.now() - began < usualMs) {
    await fc.assert(property, { numRuns: 1 });
  }
});
