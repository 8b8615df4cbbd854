import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { VarChange, Vars } from "../../src/ports.ts";
import { maxVarBytes } from "../../src/var.ts";

/** What every place for vars promises. `open` is asked for each test, and may answer the same place. */
export function varsContract(open: () => Vars): void {
  let count = 0;
  /** An app nobody used before. */
  const newApp = () => `app-${(count += 1)}`;
  const only = (set: VarChange["set"], remove: readonly string[] = []): VarChange => ({
    set,
    remove,
  });

  describe("reading", () => {
    test("an app without vars has none", async () => {
      expect(await open().read(newApp())).toEqual({});
    });

    test("what was set is read, an empty value too", async () => {
      const [vars, app] = [open(), newApp()];
      await vars.change(app, only({ PORT: "80", EMPTY: "" }));
      expect(await vars.read(app)).toEqual({ PORT: "80", EMPTY: "" });
    });

    test("apps with vars are named, once each; those without are not", async () => {
      const vars = open();
      const [one, two, three] = [newApp(), newApp(), newApp()];
      await vars.change(one, only({ A: "1", B: "2" }));
      await vars.change(two, only({ A: "1" }));
      await vars.change(three, only({ A: "1" }));
      await vars.change(three, only({}, ["A"]));
      const names = await vars.apps();
      expect(names).toEqual([...new Set(names)]);
      expect(names).toEqual(expect.arrayContaining([one, two]));
      expect(names).not.toContain(three);
    });

    test("an app whose name begins with another's keeps its own", async () => {
      const [vars, app] = [open(), newApp()];
      await vars.change(app, only({ A: "short" }));
      await vars.change(`${app}-longer`, only({ A: "long", B: "1" }));
      expect(await vars.read(app)).toEqual({ A: "short" });
      await vars.removeAll(app);
      expect(await vars.read(`${app}-longer`)).toEqual({ A: "long", B: "1" });
    });
  });

  describe("changing", () => {
    test("answers what changed and all vars afterwards", async () => {
      const [vars, app] = [open(), newApp()];
      await vars.change(app, only({ A: "1", B: "2", C: "3" }));
      const changed = await vars.change(app, only({ A: "1", B: "two", D: "4" }, ["C", "NEVER"]));
      expect(changed.vars).toEqual({ A: "1", B: "two", D: "4" });
      expect([...changed.changed].sort()).toEqual(["B", "C", "D"]);
      expect(await vars.read(app)).toEqual(changed.vars);
    });

    test("to what is there already changes nothing", async () => {
      const [vars, app] = [open(), newApp()];
      await vars.change(app, only({ A: "1", EMPTY: "" }));
      expect(await vars.change(app, only({ A: "1", EMPTY: "" }, ["B"]))).toEqual({
        vars: { A: "1", EMPTY: "" },
        changed: [],
      });
      expect(await vars.change(app, only({}))).toMatchObject({ changed: [] });
    });

    test("a key both removed and set is set", async () => {
      const [vars, app] = [open(), newApp()];
      expect((await vars.change(app, only({ A: "1" }, ["A"]))).vars).toEqual({ A: "1" });
      expect((await vars.change(app, only({ A: "2" }, ["A"]))).changed).toEqual(["A"]);
    });

    test("several keys of one app at the same time are all kept", async () => {
      const [vars, app] = [open(), newApp()];
      const keys = Array.from({ length: 20 }, (_, at) => `KEY_${at}`);
      const answers = await Promise.all(
        keys.map((key) => vars.change(app, only({ [key]: "set" }))),
      );
      expect(Object.keys(await vars.read(app)).sort()).toEqual([...keys].sort());
      // Whoever comes last sees all the others: no release is made without a var that was set before it.
      const sizes = answers.map((answer) => Object.keys(answer.vars).length);
      expect(sizes.sort((a, b) => a - b)).toEqual(keys.map((_, at) => at + 1));
    });

    test("that depends on what is there loses nothing of others that come at the same time", async () => {
      const [vars, app] = [open(), newApp()];
      const next = ({ COUNT = "0" }: Readonly<Record<string, string>>) =>
        only({ COUNT: String(Number(COUNT) + 1) });
      await Promise.all(Array.from({ length: 20 }, () => vars.change(app, next)));
      expect(await vars.read(app)).toEqual({ COUNT: "20" });
    });

    test("whose choice fails writes nothing, and keeps nobody waiting", async () => {
      const [vars, app] = [open(), newApp()];
      const failing = vars.change(app, () => {
        throw new Error("not so");
      });
      await expect(failing).rejects.toThrow("not so");
      expect(await vars.read(app)).toEqual({});
      expect((await vars.change(app, only({ A: "1" }))).changed).toEqual(["A"]);
    });

    test("64 keys in one change are fine", async () => {
      const [vars, app] = [open(), newApp()];
      const set = Object.fromEntries(Array.from({ length: 64 }, (_, at) => [`KEY_${at}`, `${at}`]));
      const answer = await vars.change(app, only(set));
      expect(answer.vars).toEqual(set);
      expect(answer.changed).toHaveLength(64);
    });

    test("names like an object's own properties are names like any other", async () => {
      const [vars, app] = [open(), newApp()];
      const pairs = [
        ["__proto__", "1"],
        ["constructor", "2"],
        ["toString", "3"],
      ] as const;
      await vars.change(app, only(Object.fromEntries(pairs)));
      expect(new Map(Object.entries(await vars.read(app)))).toEqual(new Map(pairs));
      await vars.change(app, only({}, ["__proto__"]));
      expect(Object.keys(await vars.read(app)).sort()).toEqual(["constructor", "toString"]);
    });
  });

  describe("values", () => {
    test.each([
      ["spaces", " a  b "],
      ["quotes", `'single' "double" \`back\``],
      ["a dollar", "$HOME ${HOME} $(id)"],
      ["equals signs and colons", "postgres://u:p=@h:5432/d?a=b"],
      ["newlines", "one\ntwo\r\nthree\n"],
      ["emoji", "🚀 naïve ☃"],
      ["a byte order mark", "\u{FEFF}text"],
      ["JSON", `{"a":[1,"\\n"]}`],
      ["something like base64", "aGVsbG8="],
      ["something like null", "null"],
      ["control characters", "\u{1}\u{7f}\u{1b}[31m"],
      ["100 kB", "0123456789".repeat(10_000)],
    ])("with %s come back as they were", async (_what, value) => {
      const [vars, app] = [open(), newApp()];
      expect((await vars.change(app, only({ VALUE: value }))).vars).toEqual({ VALUE: value });
      expect(await vars.read(app)).toEqual({ VALUE: value });
    });

    test("of any text come back as they were", async () => {
      const [vars, app] = [open(), newApp()];
      const texts = fc
        .oneof(
          fc.string({ unit: "binary", maxLength: 200 }),
          fc.string({ unit: "grapheme" }),
          fc.constantFrom("", "\n", "'", '"', "\\", "%", "/", "é"),
        )
        .map((text) => text.replaceAll("\0", ""));
      const names = fc.stringMatching(/^[A-Za-z_][A-Za-z0-9_]{0,127}$/);
      await fc.assert(
        fc.asyncProperty(fc.dictionary(names, texts, { maxKeys: 20 }), async (set) => {
          const before = Object.keys(await vars.read(app));
          const { vars: after } = await vars.change(app, only(set, before));
          expect(new Map(Object.entries(after))).toEqual(new Map(Object.entries(set)));
          expect(await vars.read(app)).toEqual(after);
        }),
        { numRuns: 60 },
      );
    });
  });

  describe("refusals", () => {
    const refused: readonly (readonly [what: string, key: string, value: string, says: RegExp])[] =
      [
        ["a dash in a name", "MY-KEY", "1", /"MY-KEY" cannot be the name of a var/],
        ["a digit first", "1A", "1", /"1A" cannot be the name/],
        ["no name", "", "1", /"" cannot be the name/],
        ["a slash in a name", "A/B", "1", /"A\/B" cannot be the name/],
        ["a newline after a name", "A\n", "1", /cannot be the name/],
        ["a name that is too long", "A".repeat(129), "1", /cannot be the name/],
        ["a NUL", "KEY", "a\0b", /"KEY" has a value with a NUL/],
        ["half of a surrogate pair", "KEY", "a\u{d83d}b", /"KEY" has a value that is not valid/],
        ["128 KiB", "KEY", "x".repeat(maxVarBytes - "KEY=".length), /"KEY" is too large.*131072/],
        [
          "128 KiB of two-byte letters",
          "KEY",
          "é".repeat(maxVarBytes / 2 - 1),
          /"KEY" is too large/,
        ],
      ];

    test.each(refused)("%s: nothing of the change is made", async (_what, key, value, says) => {
      const [vars, app] = [open(), newApp()];
      const failure = vars.change(app, only({ GOOD: "1", [key]: value }));
      await expect(failure).rejects.toMatchObject({
        code: "usage",
        message: expect.stringMatching(says),
      });
      expect(await vars.read(app)).toEqual({});
    });

    test("the value itself is not in the message", async () => {
      const failure = open().change(newApp(), only({ KEY: "secret".repeat(30_000) }));
      await expect(failure).rejects.toMatchObject({
        message: expect.not.stringContaining("secret"),
      });
    });

    test("one byte less than 128 KiB is fine", async () => {
      const [vars, app] = [open(), newApp()];
      const value = "x".repeat(maxVarBytes - "KEY=".length - 1);
      await vars.change(app, only({ KEY: value }));
      expect((await vars.read(app))["KEY"]).toBe(value);
    });

    test.each(["", "..", "a/b", "A", "a.b", "goku"])("%j is no app", async (name) => {
      const vars = open();
      const expected = {
        code: "usage",
        message: expect.stringMatching(/cannot be the name of an app/),
      };
      await expect(vars.read(name)).rejects.toMatchObject(expected);
      await expect(vars.change(name, only({ A: "1" }))).rejects.toMatchObject(expected);
      await expect(vars.removeAll(name)).rejects.toMatchObject(expected);
    });
  });

  describe("removing all", () => {
    test("leaves none, and other apps alone", async () => {
      const vars = open();
      const [one, two] = [newApp(), newApp()];
      await vars.change(one, only({ A: "1", B: "2" }));
      await vars.change(two, only({ A: "1" }));
      await vars.removeAll(one);
      expect(await vars.read(one)).toEqual({});
      expect(await vars.read(two)).toEqual({ A: "1" });
      expect(await vars.apps()).not.toContain(one);
    });

    test("of an app without vars is no error", async () => {
      const [vars, app] = [open(), newApp()];
      await vars.removeAll(app);
      expect(await vars.read(app)).toEqual({});
    });

    test("of more vars than one transaction holds", async () => {
      const [vars, app] = [open(), newApp()];
      for (const half of ["A", "B"]) {
        const names = Array.from({ length: 50 }, (_, at) => `${half}_${at}`);
        await vars.change(app, only(Object.fromEntries(names.map((name) => [name, "1"]))));
      }
      await vars.removeAll(app);
      expect(await vars.read(app)).toEqual({});
    });
  });

  describe("watching", () => {
    test("ends with its signal, also where it had ended before", async () => {
      const abort = new AbortController();
      const next = open().watch(abort.signal)[Symbol.asyncIterator]().next();
      abort.abort();
      const late = open().watch(abort.signal)[Symbol.asyncIterator]().next();
      expect(await next).toEqual({ done: true, value: undefined });
      expect(await late).toEqual({ done: true, value: undefined });
    });
  });
}
