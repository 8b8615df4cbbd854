import { execFileSync } from "node:child_process";
import * as fc from "fast-check";
import { expect, it } from "vitest";
import { joinWords } from "../../src/cli/shell-words.ts";
import { brokenRule, reservedVars } from "../../src/var.ts";
import { runOcto } from "../cli/run-octo.ts";
import { testControl } from "../web/test-control.ts";
import { argumentText } from "./arbitraries.ts";

/* What octo prints for a shell to read is read back by one, whatever the vars hold; and nothing of it is executed. */

const keys = fc.oneof(
  { arbitrary: fc.stringMatching(/^[A-Za-z_][A-Za-z0-9_]{0,20}$/), weight: 9 },
  fc.constantFrom("__proto__", "constructor", "prototype", "toString"),
);
const values = fc.oneof(
  argumentText,
  fc.constantFrom(
    "-",
    "--json",
    "-n",
    "=",
    "'",
    "\\",
    "$(exit 3)",
    "\n",
    "~",
    "*",
    " ",
    "!!",
    "%s",
  ),
);
const vars = fc
  .dictionary(keys, values, { minKeys: 1, maxKeys: 12 })
  .filter((set) => Object.keys(set).every((key) => !reservedVars.has(key)));

/** The words of a shell's command line, by a real shell. */
function wordsOf(script: string): string[] {
  const said = execFileSync("/bin/sh", ["-c", script], { encoding: "utf8", env: {} });
  return said.split("\0").slice(0, -1);
}

/** Each call begins with its verb. */
function callsIn(words: readonly string[]): string[][] {
  const starts = words.flatMap((word, at) => (word === "config:set" ? [at] : []));
  return starts.map((start, at) => words.slice(start, starts[at + 1]));
}

it("config:env is options of docker run to a shell", { timeout: 60_000 }, async () => {
  const host = await testControl();
  await fc.assert(
    fc.asyncProperty(vars, async (set) => {
      await host.vars.removeAll("blog");
      await host.vars.change("blog", { set, remove: [] });
      const { stdout } = await runOcto(["config:env", "blog"], host);
      const words = wordsOf(`printf '%s\\0' ${stdout}`);
      const pairs = words.filter((_, at) => at % 2 === 1).sort();
      expect(words.filter((_, at) => at % 2 === 0).every((word) => word === "-e")).toBe(true);
      expect(pairs).toEqual(
        Object.entries(set)
          .map(([key, value]) => `${key}=${value}`)
          .sort(),
      );
    }),
    { numRuns: 60 },
  );
});

it(
  "config:export sets the same vars again, by a shell and by ssh",
  { timeout: 60_000 },
  async () => {
    const host = await testControl();
    const shell = await testControl();
    const ssh = await testControl();
    ssh.store.keys.add({
      name: "admin",
      publicKey: "ssh-ed25519 x",
      fingerprint: "x",
      rights: { admin: true, deploy: [], read: [] },
    });
    const spy = "octo() { for word; do printf '%s\\0' \"$word\"; done; }\n";
    await fc.assert(
      fc.asyncProperty(vars, async (set) => {
        await Promise.all([host, shell, ssh].map(({ vars: place }) => place.removeAll("blog")));
        await host.vars.change("blog", { set, remove: [] });
        const { stdout } = await runOcto(["config:export", "blog"], host);
        for (const words of callsIn(wordsOf(spy + stdout))) {
          await runOcto(words, { ...shell, input: "-" });
          await runOcto([], { ...ssh, input: "-", key: "admin", sshCommand: joinWords(words) });
        }
        expect(await shell.vars.read("blog")).toEqual(set);
        expect(await ssh.vars.read("blog")).toEqual(set);
      }),
      { numRuns: 40 },
    );
  },
);

it("a var that may be set can be in a process's environment, and one that may not is refused", () => {
  fc.assert(
    fc.property(
      fc.oneof(keys, argumentText),
      fc.oneof(values, fc.string({ unit: "binary" })),
      (key, value) => {
        const fits = /^[A-Za-z_][A-Za-z0-9_]*$/.test(key) && !value.includes("\0");
        const isText = Buffer.from(value).toString() === value;
        expect(brokenRule(key, value) === null).toBe(fits && isText);
      },
    ),
    { numRuns: 2000 },
  );
});
