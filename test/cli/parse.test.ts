import { describe, expect, it } from "vitest";
import { isGokuError } from "../../src/errors.ts";
import { findListed, listing } from "../../src/cli/listing.ts";
import { parse } from "../../src/cli/parse.ts";
import { verbs } from "../../src/web/verbs/index.ts";

async function wish(verb: string, ...words: string[]) {
  const listed = findListed(verb);
  if (listed === null) {
    throw new Error(`no verb ${verb}`);
  }
  return parse(listed, await listed.load(), words);
}

async function input(verb: string, words: readonly string[], standardInput = ""): Promise<unknown> {
  const parsed = await wish(verb, ...words);
  if ("help" in parsed) {
    throw new Error("this is help");
  }
  return typeof parsed.input === "function" ? parsed.input(standardInput) : parsed.input;
}

async function refusal(verb: string, words: readonly string[]): Promise<string> {
  try {
    await wish(verb, ...words);
  } catch (error) {
    if (isGokuError(error) && error.exitStatus === 2) {
      return `${error.message} ${error.hint ?? ""}`;
    }
    throw error;
  }
  throw new Error("nothing was refused");
}

const logs = { kind: "app", version: null, follow: false, since: null, tail: 100, json: false };

describe("parse", () => {
  it.each<[string, string[], object]>([
    ["apps", [], {}],
    ["status", [], {}],
    ["status", ["blog"], { app: "blog" }],
    ["rollback", ["blog"], { app: "blog", version: null }],
    ["rollback", ["blog", "v12"], { app: "blog", version: 12 }],
    ["rollback", ["blog", "12"], { app: "blog", version: 12 }],
    ["scale", ["blog=3"], { app: "blog", count: 3 }],
    ["scale", ["blog", "worker=2", "web=3"], { app: "blog", services: { worker: 2, web: 3 } }],
    ["scale", ["blog=3", "worker=2"], { app: "blog", count: 3, services: { worker: 2 } }],
    ["restart", ["blog"], { app: "blog" }],
    ["restart", ["blog", "worker"], { app: "blog", service: "worker" }],
    ["volumes", ["blog"], { app: "blog" }],
    ["volumes:prune", [], { dryRun: false }],
    ["volumes:prune", ["blog", "--dry-run"], { app: "blog", dryRun: true }],
    ["remove", ["blog"], { app: "blog", force: false }],
    ["remove", ["--force", "blog"], { app: "blog", force: true }],
    [
      "domains:set",
      ["blog", "a.b,c.d", "e.f g.h"],
      { app: "blog", domains: ["a.b", "c.d", "e.f", "g.h"] },
    ],
    ["domains:add", ["blog", "a.b", "c.d"], { app: "blog", domains: ["a.b", "c.d"] }],
    ["run", ["blog", "ls"], { app: "blog", command: ["ls"] }],
    [
      "run",
      ["blog", "--", "ls", "-la", "--json"],
      { app: "blog", command: ["ls", "-la", "--json"] },
    ],
    ["run", ["blog", "sh", "-c", "a -- b"], { app: "blog", command: ["sh", "-c", "a -- b"] }],
    ["run", ["blog", "--", "--", "x"], { app: "blog", command: ["--", "x"] }],
    ["run", ["blog", "worker", "--", "ls"], { app: "blog", service: "worker", command: ["ls"] }],
    ["run", ["blog", "git", "log", "--", "x"], { app: "blog", command: ["git", "log", "--", "x"] }],
    ["run", ["blog", "--", "cat", "--", "x"], { app: "blog", command: ["cat", "--", "x"] }],
    ["logs", ["blog", "worker"], { ...logs, app: "blog", service: "worker" }],
    ["logs", ["blog"], { ...logs, app: "blog" }],
    ["logs", ["blog", "-f"], { ...logs, app: "blog", follow: true }],
    ["logs", ["blog", "-f", "--json"], { ...logs, app: "blog", follow: true, json: true }],
    ["logs", ["blog", "--json"], { ...logs, app: "blog" }],
    ["logs", ["blog", "--since", "10m"], { ...logs, app: "blog", since: "10m", tail: null }],
    ["logs", ["blog", "--since=1h", "--tail=5"], { ...logs, app: "blog", since: "1h", tail: 5 }],
    ["logs", ["blog", "--build", "v3"], { ...logs, app: "blog", kind: "build", version: 3 }],
    ["logs", ["blog", "--build"], { ...logs, app: "blog", kind: "build" }],
    ["logs", ["--access", "blog"], { ...logs, app: "blog", kind: "access" }],
    ["config:get", ["blog/A"], { app: "blog", key: "A" }],
    ["config:rm", ["blog/A", "blog/B"], { app: "blog", keys: ["A", "B"], restart: true }],
    ["config:rm", ["blog/A", "--no-restart"], { app: "blog", keys: ["A"], restart: false }],
    ["events", [], { limit: 50 }],
    ["events", ["blog", "--limit", "5"], { app: "blog", limit: 5 }],
    ["tokens:add", ["ci"], { name: "ci", admin: false, deploy: [], read: [] }],
    ["tokens:add", ["ci", "--admin"], { name: "ci", admin: true, deploy: [], read: [] }],
    [
      "tokens:add",
      ["ci", "--app", "a", "b", "--read", "c"],
      { name: "ci", admin: false, deploy: ["a", "b"], read: ["c"] },
    ],
    [
      "tokens:add",
      ["ci", "--app", "a", "--app", "b,c"],
      { name: "ci", admin: false, deploy: ["a", "b", "c"], read: [] },
    ],
  ])("octo %s %j", async (verb, words, expected) => {
    expect(await input(verb, words)).toEqual(expected);
  });

  it.each<[string[], object]>([
    [["blog/A", "1"], { A: "1" }],
    [["blog/A=1"], { A: "1" }],
    [["blog/A=1", "blog/B=2"], { A: "1", B: "2" }],
    [["blog/A", "x=y"], { A: "x=y" }],
    [["blog/A=x=y"], { A: "x=y" }],
    [["blog/A", ""], { A: "" }],
    [["blog/A="], { A: "" }],
    [["blog/A", "two  words"], { A: "two  words" }],
    [["blog/A", "-5"], { A: "-5" }],
    [["blog/A", "--flag=x"], { A: "--flag=x" }],
    [["blog/A=--json"], { A: "--json" }],
    [["blog/A=a/b:c"], { A: "a/b:c" }],
    [["blog/URL", "http://u:p@h/x?y=$z#'\"`\\"], { URL: "http://u:p@h/x?y=$z#'\"`\\" }],
    [["blog/A=line\nbreak\n"], { A: "line\nbreak\n" }],
    [["blog/A", "🚀é\t"], { A: "🚀é\t" }],
    [["blog/A", "--", "--json"], { A: "--json" }],
  ])("octo config:set %j", async (words, vars) => {
    expect(await input("config:set", words)).toEqual({ app: "blog", vars, restart: true });
  });

  it.each([
    ["secret\n", "secret"],
    ["secret\r\n", "secret"],
    ["secret", "secret"],
    ["", ""],
    ["-----BEGIN\nabc\n", "-----BEGIN\nabc"],
    ["one\ntwo", "one\ntwo"],
    ["\n\n", "\n"],
    [" a ", " a "],
  ])("octo config:set blog/A - < %j", async (text, value) => {
    for (const words of [["blog/A", "-"], ["blog/A=-"]]) {
      expect(await input("config:set", words, text)).toMatchObject({ vars: { A: value } });
    }
  });

  it("keeps the other vars beside the one from standard input", async () => {
    expect(await input("config:set", ["blog/A=-", "blog/B=2", "--no-restart"], "x")).toEqual({
      app: "blog",
      vars: { A: "x", B: "2" },
      restart: false,
    });
  });

  it.each<[string, string[], string]>([
    ["info", [], "Missing required argument 'app'. Usage: octo info <app>"],
    ["apps", ["blog"], "Too many arguments"],
    ["apps", ["--jsno"], "--jsno"],
    ["rollback", ["blog", "latest"], "versions look like v12"],
    ["rollback", ["blog", "v0"], "versions look like v12"],
    ["scale", [], "Usage: octo scale <app[=count]> [service=count...]"],
    ["scale", ["blog"], "app=count"],
    ["scale", ["blog=two"], "whole number"],
    ["scale", ["blog=-1"], "whole number"],
    ["scale", ["blog", "worker"], "service=count"],
    ["scale", ["blog", "worker=many"], "whole number"],
    ["run", ["blog", "worker", "--"], "no command"],
    ["logs", ["blog", "worker", "--access"], "the whole app"],
    ["run", ["blog"], "no command"],
    ["run", ["blog", "--"], "no command"],
    ["domains:set", ["blog"], "Missing required argument 'domain'"],
    ["config:get", ["blog"], "app/KEY"],
    ["config:get", ["blog/a/b"], "app/KEY"],
    ["config:set", [], "Missing required argument"],
    ["config:set", ["blog/A"], "no value for blog/A"],
    ["config:set", ["blog", "A=1"], "app/KEY"],
    ["config:set", ["blog/A", "two", "words"], "Quote a value with spaces"],
    ["config:set", ["blog/A=1", "B=2"], "app/KEY=value"],
    ["config:set", ["blog/A=1", "--no-restrat"], "app/KEY=value"],
    ["config:set", ["blog/A=1", "shop/B=2"], "blog and shop"],
    ["config:set", ["blog/A=-", "blog/B=-"], "standard input"],
    ["config:rm", ["blog/A", "shop/B"], "blog and shop"],
    ["tokens:add", ["ci", "--admin", "--app", "a"], "Choose one"],
    ["keys:add", [], "Missing required argument 'name'"],
    ["logs", ["blog", "--tail", "all"], "whole number"],
    ["logs", ["blog", "--access", "--build"], "two different logs"],
  ])("refuses octo %s %j", async (verb, words, sentence) => {
    expect(await refusal(verb, words)).toContain(sentence);
  });

  it("takes --json before and after the operands", async () => {
    expect(await wish("info", "--json", "blog")).toMatchObject({ json: true });
    expect(await wish("info", "blog", "--json")).toMatchObject({ json: true });
    expect(await wish("info", "blog")).toMatchObject({ json: false });
  });
});

describe("the listing", () => {
  it("has every verb of the API, and no other; octo itself answers `version`", () => {
    const listed = listing.map(({ verb }) => verb);
    expect([...listed, "version"].sort()).toEqual(verbs.map(({ name }) => name).sort());
  });

  it.each(listing.map(({ verb }) => verb))(
    "octo %s --help shows usage and an example of itself",
    async (verb) => {
      const shown = await wish(verb, "--help");
      expect(shown).toMatchObject({ help: expect.stringContaining(`Usage: octo ${verb}`) });
      expect(shown).toMatchObject({
        help: expect.stringMatching(new RegExp(`Examples:\n {2}\\$ .*octo ${verb}\\s`)),
      });
    },
  );
});
