import { beforeEach, describe, expect, it } from "vitest";
import { verbs } from "../../src/web/verbs/index.ts";
import { askApi } from "./ask-api.ts";
import { addApp, addKey, addToken, nobody, type TestControl, testControl } from "./test-control.ts";

const logsInput = { kind: "app", version: null, follow: false, since: null, tail: null };

/** For each verb an input about `app`; null where a verb is about no app in particular. */
const inputs: Readonly<Record<string, ((app: string) => object) | null>> = {
  apps: null,
  status: (app) => ({ app }),
  info: (app) => ({ app }),
  ps: (app) => ({ app }),
  releases: (app) => ({ app }),
  rollback: (app) => ({ app, version: null }),
  "deploys:cancel": (app) => ({ app }),
  logs: (app) => ({ ...logsInput, app }),
  scale: (app) => ({ app, count: 2 }),
  restart: (app) => ({ app }),
  reload: (app) => ({ app }),
  stop: (app) => ({ app }),
  start: (app) => ({ app }),
  remove: (app) => ({ app, force: true }),
  run: (app) => ({ app, command: ["id"] }),
  volumes: (app) => ({ app }),
  "volumes:prune": (app) => ({ app }),
  config: (app) => ({ app }),
  "config:set": (app) => ({ app, vars: { A: "1" }, restart: true }),
  "config:get": (app) => ({ app, key: "A" }),
  "config:rm": (app) => ({ app, keys: ["A"], restart: true }),
  "config:export": (app) => ({ app }),
  "config:env": (app) => ({ app }),
  domains: (app) => ({ app }),
  "domains:set": (app) => ({ app, domains: ["a.example"] }),
  "domains:add": (app) => ({ app, domains: ["a.example"] }),
  "domains:rm": (app) => ({ app, domains: ["a.example"] }),
  "domains:get": (app) => ({ app }),
  policy: (app) => ({ app }),
  "policy:allow": (app) => ({ app, kinds: ["devices"] }),
  "policy:deny": (app) => ({ app, kinds: ["devices"] }),
  "keys:add": null,
  "keys:list": null,
  "keys:rm": null,
  "tokens:add": null,
  "tokens:list": null,
  "tokens:rm": null,
  events: (app) => ({ app, limit: 5 }),
  version: null,
};

const serverInputs: Readonly<Record<string, object>> = {
  "keys:add": { name: "new", key: "ssh-ed25519 AAAA" },
  "keys:list": {},
  "keys:rm": { name: "deployer" },
  "tokens:add": { name: "new", admin: true },
  "tokens:list": {},
  "tokens:rm": { name: "deployer" },
};

const changing = new Set(
  Object.keys(inputs).filter(
    (name) =>
      inputs[name] !== null &&
      !/^(status|info|ps|releases|logs|volumes|domains|domains:get|policy|events)$/.test(name),
  ),
);

let host: TestControl;
const deployer = { ...nobody, deploy: ["alpha"] };

beforeEach(async () => {
  host = await testControl();
  addApp(host, "alpha");
  addApp(host, "alphabet");
  addKey(host, "deployer", deployer);
  addKey(host, "reader", { ...nobody, read: ["alphabet"] });
});

/** The streams of `run` make its body a line of JSON followed by nothing. */
async function ask(verb: string, input: object, key: string) {
  const isDuplex = verbs.find(({ name }) => name === verb)?.duplex === true;
  const type = isDuplex ? "application/x-ndjson" : "application/json";
  const headers = { "content-type": type, "x-goku-key": key };
  return askApi(verb, input, { at: host.socket, headers, body: `${JSON.stringify(input)}\n` });
}

describe("the rights of a key", () => {
  it("are tested here for every verb", () => {
    expect(verbs.map(({ name }) => name).sort()).toEqual(Object.keys(inputs).sort());
  });

  const aboutApps = Object.entries(inputs).flatMap(([name, input]) =>
    input === null ? [] : ([[name, input]] as const),
  );

  it.each(aboutApps)("%s: an app of others is as if it were not there", async (name, input) => {
    const present = await ask(name, input("alphabet"), "deployer");
    const gone = await ask(name, input("alphabez"), "deployer");
    expect(present.error?.code).toBe("not-found");
    expect(JSON.stringify(present.frames).replaceAll("alphabet", "alphabez")).toBe(
      JSON.stringify(gone.frames),
    );
  });

  it.each(aboutApps)("%s: by its id, too, the app is not there", async (name, input) => {
    expect((await ask(name, input("alphabet-main"), "deployer")).error?.code).toBe("not-found");
  });

  it.each([...changing])("%s: who may only look may not do it", async (name) => {
    const answer = await ask(name, inputs[name]?.("alphabet") ?? {}, "reader");
    expect(answer.error).toMatchObject({
      code: "refused",
      message: `reader may not ${name} alphabet.`,
    });
    expect(host.store.events.list(null, 10)).toEqual([]);
  });

  it.each(Object.entries(serverInputs))("%s: is for admins", async (name, input) => {
    const answer = await ask(name, input, "deployer");
    expect(answer).toMatchObject({ status: 403, error: { code: "refused" } });
    expect(host.store.keys.list()).toHaveLength(2);
    expect(host.store.tokens.list()).toEqual([]);
  });

  it("suggest only names that may be seen", async () => {
    expect((await ask("info", { app: "alphabe" }, "reader")).error?.hint).toContain("alphabet");
    expect((await ask("info", { app: "alphabe" }, "deployer")).error?.hint).not.toContain("bet");
  });

  it("filter the lists", async () => {
    const apps = await ask("apps", {}, "reader");
    const status = await ask("status", {}, "deployer");
    expect(apps.result).toMatchObject([{ name: "alphabet" }]);
    expect(status.result).toMatchObject([{ name: "alpha" }]);
  });

  it("filter the events, and those of the server are for admins", async () => {
    const { events } = host.store;
    events.add({ app: "alpha-main", who: "x", what: "live", detail: "v1" });
    events.add({ app: "alphabet-main", who: "x", what: "live", detail: "v1" });
    events.add({ app: null, who: "x", what: "keys:add", detail: "someone" });
    const seen = await ask("events", { limit: 10 }, "deployer");
    expect(seen.result).toMatchObject([{ app: "alpha-main" }]);
    const all = await askApi("events", { limit: 10 }, { at: host.socket });
    expect(all.result).toHaveLength(3);
  });

  it("find the events of one's own app behind any number of others", async () => {
    const { events } = host.store;
    const live = (app: string, detail: string) =>
      events.add({ app, who: "x", what: "live", detail });
    ["v1", "v2", "v3"].forEach((version) => live("alpha-main", version));
    // Set before the first push, and of a branch that has been removed.
    live("alpha", "early");
    live("alpha-main-old", "others'");
    for (let count = 0; count < 20; count += 1) {
      live("alphabet-main", `v${count}`);
    }
    const seen = await ask("events", { limit: 3 }, "deployer");
    expect(seen.result).toMatchObject([
      { app: "alpha", detail: "early" },
      { app: "alpha-main", detail: "v3" },
      { app: "alpha-main", detail: "v2" },
    ]);
  });

  it("filter the export", async () => {
    await host.vars.change("alpha", { set: { A: "1" }, remove: [] });
    await host.vars.change("alphabet", { set: { B: "2" }, remove: [] });
    const exported = await ask("config:export", {}, "deployer");
    expect(exported.result).toEqual([{ app: "alpha", vars: { A: "1" } }]);
  });

  it("let a deployer set vars of its app before the first push, and of no other", async () => {
    addKey(host, "early", { ...nobody, deploy: ["soon-*"] });
    const input = { vars: { A: "1" }, restart: true };
    const own = await ask("config:set", { ...input, app: "soon-x" }, "early");
    const other = await ask("config:set", { ...input, app: "later" }, "early");
    expect(own.result).toEqual({
      app: "soon-x",
      changed: ["A"],
      release: null,
      exists: false,
      state: "none",
    });
    expect(other.error?.code).toBe("not-found");
  });

  it.each(["NGINX_ALT", "SSL_CERTIFICATE", "SSL_KEY"])("keep %s for admins", async (key) => {
    const app = { app: "alpha", restart: false };
    const set = await ask("config:set", { ...app, vars: { A: "1", [key]: "/etc/x" } }, "deployer");
    const gone = await ask("config:rm", { ...app, keys: [key] }, "deployer");
    expect([set.error, gone.error]).toMatchObject([
      { code: "refused", message: `deployer may not set ${key}, which is for admins.` },
      { code: "refused", message: `deployer may not remove ${key}, which is for admins.` },
    ]);
    expect(await host.vars.read("alpha")).toEqual({});
  });

  it("end with the key", async () => {
    host.store.keys.remove("deployer");
    expect(await ask("apps", {}, "deployer")).toMatchObject({
      status: 401,
      error: { code: "unauthorized" },
    });
  });
});

describe("over TCP", () => {
  it.each(verbs.map(({ name }) => name))("%s needs a token", async (name) => {
    const input = inputs[name]?.("alpha") ?? serverInputs[name] ?? {};
    const answer = await askApi(name, input, { at: host.url });
    expect(answer).toMatchObject({ status: 401, error: { code: "unauthorized" } });
    expect(answer.headers["www-authenticate"]).toContain("Basic");
  });

  it("a key's name in the header opens nothing", async () => {
    const headers = { "x-goku-key": "deployer" };
    expect((await askApi("apps", {}, { at: host.url, headers })).status).toBe(401);
  });

  it("takes NAME:TOKEN as Basic and as Bearer, with the token's rights", async () => {
    const credentials = addToken(host, "ci", deployer);
    const basic = Buffer.from(credentials).toString("base64");
    for (const authorization of [
      `Basic ${basic}`,
      `Bearer ${credentials}`,
      `bearer ${credentials}`,
    ]) {
      const answer = await askApi("apps", {}, { at: host.url, headers: { authorization } });
      expect(answer.result).toMatchObject([{ name: "alpha" }]);
    }
  });

  it.each([
    "Bearer ci",
    "Bearer ci:",
    "Bearer :secret-of-ci",
    "Bearer other:secret-of-ci",
    "Basic !!",
    "Basic",
    "Digest x",
    "",
  ])("refuses %j", async (authorization) => {
    addToken(host, "ci", deployer);
    const answer = await askApi("apps", {}, { at: host.url, headers: { authorization } });
    expect(answer.status).toBe(401);
  });

  it("stops listening to an address that guesses, and does not count git's first questions", async () => {
    const right = { authorization: `Bearer ${addToken(host, "ci", deployer)}` };
    const status = async (headers: Readonly<Record<string, string>>) =>
      (await askApi("version", {}, { at: host.url, headers })).status;
    for (let count = 0; count < 25; count += 1) {
      expect(await status({})).toBe(401);
    }
    expect(await status(right)).toBe(200);
    for (let count = 0; count < 20; count += 1) {
      expect(await status({ authorization: "Bearer ci:wrong" })).toBe(401);
    }
    expect(await status({ authorization: "Bearer ci:wrong" })).toBe(429);
    expect(await status(right)).toBe(429);
  });
});
