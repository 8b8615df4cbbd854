import { rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import * as fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { GokuError } from "../../src/errors.ts";
import { readSettings } from "../../src/settings/read.ts";
import { environmentName, settingRows } from "../../src/settings/table.ts";
import { nastyText, wellFormed } from "./arbitraries.ts";
import { quickFolder } from "../support/quick-folder.ts";
import { processorClock } from "../support/processor-time.ts";

let folder: string;
let file: string;

beforeAll(async () => {
  folder = quickFolder("goku-hostile-settings-");
  file = join(folder, "goku.toml");
});
afterAll(() => rm(folder, { recursive: true }));

const machine = { cores: 2, memory: 2 ** 31, interfaces: {}, links: [], upMs: 60_000 };

/** Nothing but settings or one error that names what is wrong; no secret is quoted. */
async function settingsOrError(toml: string | Buffer, env: Record<string, string> = {}) {
  await writeFile(file, toml);
  try {
    return await readSettings({ env, configFile: file, machine });
  } catch (error) {
    if (!(error instanceof GokuError)) {
      throw new Error("not an error of Goku's", { cause: error });
    }
    expect(error.exitStatus).toBe(2);
    expect(error.details.length + (error.hint ?? "").length).toBeGreaterThan(0);
    return error;
  }
}

const keys = fc.oneof(
  { arbitrary: fc.constantFrom(...settingRows.map(({ key }) => key)), weight: 4 },
  { arbitrary: fc.constantFrom("__proto__", "constructor", "web.x", '"web"', "''"), weight: 1 },
  { arbitrary: nastyText, weight: 1 },
);
const quoted = (text: string) => JSON.stringify(wellFormed(text));
const values = fc.oneof(
  nastyText.map(quoted),
  fc.constantFrom(
    "",
    "'",
    '"""',
    "[1, [2]]",
    "{ a = 1 }",
    ..."1 -0 1e400 nan inf 0x7fffffffffffffff 9007199254740993 true 1979-05-27".split(" "),
    ...'"0.0.0.0:80" "[::]:99999" "10.0.0.0/33" "off" "none" "1h" "999999999h" "http://x:y@z/"'.split(
      " ",
    ),
  ),
  fc.double().map(String),
);
const separators = fc.constantFrom(" = ", "=", " ", " = = ", ".x = ");
const lines = fc.oneof(
  { arbitrary: fc.tuple(keys, separators, values).map((parts) => parts.join("")), weight: 6 },
  { arbitrary: fc.constantFrom("[a]", "[[a]]", "[", "# x", "\uFEFF", "\r"), weight: 1 },
  { arbitrary: nastyText, weight: 1 },
);

describe("goku.toml", () => {
  it("of any lines is settings or one error", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(lines, { maxLength: 6 }), async (all) => {
        await settingsOrError(all.join("\n"));
      }),
      { numRuns: 600 },
    );
  });

  it("of any bytes is settings or one error", async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 200 }), async (bytes) => {
        await settingsOrError(Buffer.from(bytes));
      }),
      { numRuns: 200 },
    );
  });

  it.each([
    ["deep lists", `web = ${"[".repeat(50_000)}`],
    ["deep tables", `web = ${"{a=".repeat(50_000)}`],
    ["a deep key", `${"a.".repeat(50_000)}b = 1`],
    ["a long key", `${"a".repeat(100_000)} = 1`],
    ["many keys", Array.from({ length: 20_000 }, (_, at) => `k${at} = 1`).join("\n")],
    ["a key twice", 'web = "1.1.1.1:1"\nweb = "1.1.1.1:1"'],
    ["prototypes", '[__proto__]\nweb = "x"\n[constructor.prototype]\nweb = "x"'],
    ["a NUL", 'domain = "a\0b"'],
  ])("with %s is refused in time", async (_what, toml) => {
    const spentMs = processorClock();
    expect(await settingsOrError(toml)).toBeInstanceOf(GokuError);
    expect(spentMs()).toBeLessThan(5000);
    expect(({} as Record<string, unknown>)["web"]).toBeUndefined();
  });

  it("never has its token in what is said of it", async () => {
    const tokens = fc.stringMatching(/^[a-z0-9]{12,30}$/);
    await fc.assert(
      fc.asyncProperty(tokens, fc.constantFrom(" x", "\t", "é", '"'), async (token, fault) => {
        const said = await settingsOrError(`consul_token = ${JSON.stringify(token + fault)}`, {
          GOKU_WEB: "nowhere",
        });
        if (!(said instanceof GokuError)) {
          throw new Error("it was taken");
        }
        const { message, hint, details } = said;
        expect([message, hint, ...details].join("\n")).not.toContain(token);
      }),
      { numRuns: 50 },
    );
  });
});

describe("GOKU_*", () => {
  it("of any text are settings or one error", async () => {
    const names = fc.constantFrom(...settingRows.map(({ key }) => environmentName(key)), "GOKU_X");
    const texts = fc.oneof(
      nastyText,
      values.map((value) => value.replaceAll('"', "")),
    );
    await fc.assert(
      fc.asyncProperty(fc.dictionary(names, texts, { maxKeys: 5 }), async (env) => {
        await settingsOrError("", env);
      }),
      { numRuns: 500 },
    );
  });
});
