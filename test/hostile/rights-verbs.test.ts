import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { listing } from "../../src/cli/listing.ts";
import type { Replica } from "../../src/ports.ts";
import type { Rights } from "../../src/store-ports.ts";
import { adminRights } from "../../src/rights.ts";
import { verbs } from "../../src/web/verbs/index.ts";
import { keyHeader } from "../../src/web/wire.ts";
import { runOcto } from "../cli/run-octo.ts";
import { postTo } from "./post-to.ts";
import { type Recorded, recordVerbs, wordsOf } from "./verb-words.ts";
import { startWholeWeb, type WholeWeb } from "./whole-web.ts";

/*
 * Every verb by every way to ask for one, by people who may not. The verbs come from octo's listing and the inputs from
 * octo itself, so that a new verb is here without anybody thinking of it; only whom it is for has to be said.
 */

/** Whom a verb is for. A verb that is not here fails the first test. */
const forWhom: Readonly<Record<string, "anyone" | "reader" | "deployer" | "admin">> = {
  apps: "anyone",
  version: "anyone",
  status: "reader",
  info: "reader",
  ps: "reader",
  releases: "reader",
  logs: "reader",
  volumes: "reader",
  domains: "reader",
  "domains:get": "reader",
  policy: "reader",
  events: "reader",
  rollback: "deployer",
  "deploys:cancel": "deployer",
  run: "deployer",
  scale: "deployer",
  restart: "deployer",
  reload: "deployer",
  stop: "deployer",
  start: "deployer",
  remove: "deployer",
  "volumes:prune": "deployer",
  config: "deployer",
  "config:set": "deployer",
  "config:get": "deployer",
  "config:rm": "deployer",
  "config:export": "deployer",
  "config:env": "deployer",
  "domains:set": "deployer",
  "domains:add": "deployer",
  "domains:rm": "deployer",
  "policy:allow": "admin",
  "policy:deny": "admin",
  "keys:add": "admin",
  "keys:list": "admin",
  "keys:rm": "admin",
  "tokens:add": "admin",
  "tokens:list": "admin",
  "tokens:rm": "admin",
};

const nobody: Rights = { admin: false, deploy: [], read: [] };
/** Stands in everything of the other app. */
const secret = "zanzibar";
const other = `${secret}-shop`;

const replica = (app: string, address: string): Replica => ({
  id: `${app}-replica`,
  name: `${app}-v1-1`,
  app: `${app}-main`,
  service: null,
  version: 1,
  index: 1,
  image: "sha256:1",
  address,
  running: true,
  restarting: false,
  createdAt: "2026-03-01T12:00:00Z",
});

let web: WholeWeb;
let aboutOther: Recorded[];
let aboutOwn: Recorded[];

beforeAll(async () => {
  const replicas = [replica("blog", "10.213.0.5"), replica(other, "10.213.0.6")];
  web = await startWholeWeb({
    engine: {
      listReplicas: async (app?: string) =>
        replicas.filter((each) => app === undefined || each.app === app),
      async *logs() {
        yield "a line";
      },
    },
  });
  for (const repository of ["blog", other]) {
    web.store.apps.setDefaultBranch(repository, "main");
    const { id } = web.store.apps.create(repository, "main");
    const commit = "c".repeat(40);
    const isOther = repository === other;
    const vars = { KEY: isOther ? secret : "1", DOMAINS: isOther ? `${secret}.example` : "" };
    const by = isOther ? secret : "ann";
    const pushed = { app: id, commit, door: "push", by, reason: "push" } as const;
    const { version } = web.store.releases.create({ ...pushed, vars });
    web.store.releases.goLive(id, version);
    await web.vars.change(repository, { set: vars, remove: [] });
  }
  web.store.events.add({ app: `${other}-main`, who: secret, what: "live", detail: secret });
  web.store.events.add({ app: null, who: secret, what: "keys:add", detail: secret });
  web.store.events.add({ app: "blog-main", who: "ann", what: "live", detail: "v1" });
  for (const [name, rights] of [
    ["blogger", { ...nobody, deploy: ["blog"] }],
    ["looker", { ...nobody, read: ["*"] }],
    ["nothing", nobody],
  ] as const) {
    web.addKey(name, rights);
    web.addToken(name, rights);
  }
  web.addKey(secret, adminRights);
  web.addToken(secret, adminRights);
  aboutOther = await recordVerbs(other);
  aboutOwn = await recordVerbs("blog");
});

afterAll(() => web.close());

it("every verb is for somebody, and octo and the daemon know the same", () => {
  const known = [...listing.map(({ verb }) => verb), "version"].sort();
  expect(Object.keys(forWhom).sort()).toEqual(known);
  expect(verbs.map(({ name }) => name).sort()).toEqual(known);
});

/** The three ways in: an SSH key's forced command as its octo calls, the same through octo, and a token over TCP. */
const ways = {
  "the control socket": async (call: Recorded, name: string) =>
    (
      await postTo({
        socketPath: web.socket,
        method: "POST",
        path: call.path,
        headers: { "content-type": call.type, [keyHeader]: name },
        body: call.body,
      })
    ).body,
  TCP: async (call: Recorded, name: string) =>
    (
      await postTo({
        host: "127.0.0.1",
        port: web.port,
        method: "POST",
        path: call.path,
        headers: {
          "content-type": call.type,
          authorization: `Bearer ${name}:secret-of-${name}`,
        },
        body: call.body,
      })
    ).body,
  "ssh git@host VERB": async (call: Recorded, name: string) => {
    const { operands = "" } = listing.find(({ verb }) => verb === call.verb) ?? {};
    const isOther = call.body.includes(other);
    const sshCommand = wordsOf(call.verb, operands, isOther ? other : "blog").join(" ");
    const ended = await runOcto([], { data: web.data, key: name, sshCommand, input: call.body });
    return `${ended.status}\n${ended.stdout}${ended.stderr}`;
  },
} as const;

const refusedTo = (name: string) =>
  new RegExp(`There is no app|${name} may not|"code":"(not-found|refused)"`);

describe.each(Object.keys(ways))("by %s", (way) => {
  const ask = (call: Recorded, name: string) => {
    const go = Object.entries(ways).find(([known]) => known === way)?.[1];
    return go === undefined ? Promise.reject(new Error(way)) : go(call, name);
  };
  const calls = (of: () => Recorded[], verb: string) => of().filter((call) => call.verb === verb);

  it.each(Object.keys(forWhom).filter((verb) => verb !== "version"))(
    "%s of another's app, or of the server, is refused to a deployer and changes nothing",
    async (verb) => {
      const [call] = calls(() => aboutOther, verb);
      if (call === undefined) {
        throw new Error(`octo sent no ${verb}`);
      }
      const before = await web.snapshot();
      const said = await ask(call, "blogger");
      expect(await web.snapshot()).toBe(before);
      if (call.namesApp || forWhom[verb] === "admin") {
        expect(said).toMatch(refusedTo("blogger"));
      }
      // The name comes back in a refusal, and nothing else of the app.
      expect(said.replaceAll(other, "")).not.toContain(secret);
    },
  );

  it.each(Object.keys(forWhom).filter((verb) => !/anyone|reader/.test(forWhom[verb] ?? "")))(
    "%s is refused to who may only look, and changes nothing",
    async (verb) => {
      const [call] = calls(() => aboutOther, verb);
      const before = await web.snapshot();
      const said = call === undefined ? "" : await ask(call, "looker");
      expect(said).toMatch(refusedTo("looker"));
      expect(await web.snapshot()).toBe(before);
    },
  );

  it.each(Object.keys(forWhom).filter((verb) => forWhom[verb] === "admin"))(
    "%s of an own app is refused to its deployer",
    async (verb) => {
      const [call] = calls(() => aboutOwn, verb);
      const before = await web.snapshot();
      expect(call === undefined ? "" : await ask(call, "blogger")).toMatch(refusedTo("blogger"));
      expect(await web.snapshot()).toBe(before);
    },
  );

  it.each(Object.keys(forWhom).filter((verb) => /anyone|reader/.test(forWhom[verb] ?? "")))(
    "%s tells a deployer nothing of another app",
    async (verb) => {
      for (const call of calls(() => aboutOwn, verb)) {
        expect(await ask(call, "blogger")).not.toContain(secret);
      }
    },
  );
});

it.each(["apps", "status", "events", "config:export", "volumes:prune"])(
  "%s of all apps tells of those one may see alone, and all of them to an admin",
  async (verb) => {
    const input =
      verb === "events" ? { limit: 100 } : verb === "volumes:prune" ? { dryRun: true } : {};
    const ask = async (name: string) =>
      postTo({
        socketPath: web.socket,
        method: "POST",
        path: `/api/${verb}`,
        headers: { "content-type": "application/json", [keyHeader]: name },
        body: JSON.stringify(input),
      });
    const [deployer, nothing, admin] = [
      await ask("blogger"),
      await ask("nothing"),
      await ask(secret),
    ];
    expect(deployer.status).toBe(200);
    expect(deployer.body).not.toContain(secret);
    expect(nothing.body).toMatch(/^\{"result":(\[\]|\{"dryRun":true,"volumes":\[\]\})\}\n$/);
    expect(admin.status).toBe(200);
    if (verb !== "volumes:prune") {
      expect(deployer.body).toContain("blog");
      expect(admin.body).toContain(secret);
    }
  },
);

it("a verb whose app may be left out is one of those lists", () => {
  const open = aboutOwn.filter(({ mayNameNone }) => mayNameNone).map(({ verb }) => verb);
  expect(open.sort()).toEqual(["config:export", "events", "status", "volumes:prune"]);
});
