import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { listing } from "../../src/cli/listing.ts";
import { verbs } from "../../src/web/verbs/index.ts";
import { runOcto } from "../cli/run-octo.ts";
import { forWhom } from "./for-whom.ts";
import { refusals, sentenceIn } from "./refusals.ts";
import { askAsKey, askAsToken, other, own, rowsOfOther, secret, startTwoApps } from "./two-apps.ts";
import { fieldsOf } from "./verb-fields.ts";
import { freshKey, type Recorded, recordVerbs } from "./verb-words.ts";
import type { WholeWeb } from "./whole-web.ts";

/*
 * Every verb, plain and with each of its options, by every way to ask for one, by people who may not. The verbs and
 * options come from octo's listing and the inputs from octo itself, so that a new one is here without anybody thinking
 * of it; only whom a verb is for has to be said.
 */

let web: WholeWeb;
let aboutOther: Recorded[];
let aboutOwn: Recorded[];

beforeAll(async () => {
  web = await startTwoApps();
  aboutOther = await recordVerbs(other);
  aboutOwn = await recordVerbs(own);
});

afterAll(() => web.close());

it("every verb is for somebody, and octo and the daemon know the same", () => {
  const known = [...listing.map(({ verb }) => verb), "version"].sort();
  expect(Object.keys(forWhom).sort()).toEqual(known);
  expect(verbs.map(({ name }) => name).sort()).toEqual(known);
});

it("a verb for anyone takes nothing that could name an app", () => {
  const open = verbs.filter(({ name }) => forWhom[name] === "anyone");
  expect(open.flatMap(fieldsOf)).toEqual([]);
});

/** A verb whose app may be left out is about all of them then. */
const lists = verbs.filter((verb) => fieldsOf(verb).includes("app?")).map(({ name }) => name);

it.each(["apps", ...lists])(
  "%s of all apps tells of those one may see alone, and all of them to an admin",
  async (verb) => {
    const call = aboutOwn.find((each) => each.verb === verb);
    const { app: _, ...input } = JSON.parse(call?.body ?? "");
    const ask = async (name: string) => {
      const made = web.calls.length;
      const json = { path: `/api/${verb}`, type: "application/json", body: JSON.stringify(input) };
      const said = await askAsKey(web, json, name);
      return { ...said, calls: web.calls.slice(made).join("\n") };
    };
    const [deployer, nothing] = [await ask("blogger"), await ask("nothing")];
    expect(deployer.status).toBe(200);
    expect(`${deployer.body}${deployer.calls}`).not.toContain(secret);
    expect(nothing.body).toMatch(/^\{"result":(\[\]|\{"dryRun":false,"volumes":\[\]\})\}\n$/);
    expect(nothing.calls).not.toContain(secret);
    const admin = await ask(secret);
    expect(admin.status).toBe(200);
    expect(`${admin.body}${admin.calls}`).toContain(secret);
    expect(`${deployer.body}${deployer.calls}`).toContain(own);
  },
);

/** The three ways in: an SSH key's forced command as its octo calls, a token over TCP, and the forced command itself. */
const ways = {
  "the control socket": async (call: Recorded, name: string) =>
    (await askAsKey(web, call, name)).body,
  TCP: async (call: Recorded, name: string) => (await askAsToken(web, call, name)).body,
  "ssh git@host VERB": async ({ words }: Recorded, name: string) => {
    const { data } = web;
    const sshCommand = words.join(" ");
    const ended = await runOcto([], { data, key: name, sshCommand, input: `${freshKey}\n` });
    return `${ended.stdout}${ended.stderr}`;
  },
} as const;

const verbsFor = (...whom: string[]) =>
  listing.map(({ verb }) => verb).filter((verb) => whom.includes(forWhom[verb] ?? ""));

describe.each(Object.entries(ways))("by %s", (_way, ask) => {
  /** One use of the verb after the other. */
  const askAll = async (recorded: readonly Recorded[], verb: string, name: string) => {
    const answers: string[] = [];
    for (const call of recorded.filter((each) => each.verb === verb)) {
      answers.push(await ask(call, name));
    }
    expect(answers).not.toEqual([]);
    return answers;
  };
  const mustRefuse = async (recorded: readonly Recorded[], verb: string, name: string) => {
    const [before, made] = [await web.snapshot(), web.calls.length];
    const answers = await askAll(recorded, verb, name);
    const app = recorded === aboutOwn ? own : other;
    for (const said of answers) {
      expect(refusals(name, verb, app), said).toContain(sentenceIn(said));
      // The name comes back in a refusal, and nothing else of the app.
      expect(said.replaceAll(other, "")).not.toContain(secret);
    }
    expect(web.calls.slice(made)).toEqual([]);
    expect(await web.snapshot()).toBe(before);
  };

  it.each(verbsFor("reader", "deployer", "admin"))(
    "%s of another's app, or of the server, is refused to a deployer before anything is done",
    async (verb) => mustRefuse(aboutOther, verb, "blogger"),
  );

  it.each(verbsFor("deployer", "admin"))("%s is refused to who may only look", async (verb) =>
    mustRefuse(aboutOther, verb, "looker"),
  );

  it.each(verbsFor("admin"))("%s of an own app is refused to its deployer", async (verb) =>
    mustRefuse(aboutOwn, verb, "blogger"),
  );

  it.each(verbsFor("anyone", "reader", "deployer"))(
    "%s of an own app tells its deployer nothing of another, and does nothing to it",
    async (verb) => {
      const [before, made] = [await web.snapshot(), web.calls.length];
      for (const said of await askAll(aboutOwn, verb, "blogger")) {
        expect(refusals("blogger", verb, own)).not.toContain(sentenceIn(said));
        expect(said).not.toContain(secret);
      }
      expect(web.calls.slice(made).filter((call) => call.includes(secret))).toEqual([]);
      expect(rowsOfOther(await web.snapshot())).toEqual(rowsOfOther(before));
    },
  );
});
