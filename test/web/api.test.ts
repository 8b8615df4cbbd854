import { Writable } from "node:stream";
import { describe, expect, it } from "vitest";
import type { Replica } from "../../src/ports.ts";
import { deferred } from "../../src/system/deferred.ts";
import { createLog } from "../../src/system/log.ts";
import { readFrames } from "../../src/web/wire.ts";
import { askApi, post } from "./ask-api.ts";
import { addApp, testControl } from "./test-control.ts";

const replica: Replica = {
  id: "r1",
  name: "blog-main-v1-1",
  app: "blog-main",
  service: null,
  version: 1,
  index: 1,
  image: "sha256:1",
  address: "10.213.0.5",
  running: true,
  restarting: false,
  createdAt: "2026-03-01T12:00:00Z",
};

const logsInput = { app: "blog", kind: "app", version: null, since: null, tail: null };

describe("an answer", () => {
  it("comes line by line, and ends when the client goes away", async () => {
    const ended = deferred<string>();
    const host = await testControl({
      engine: {
        listReplicas: async () => [replica],
        async *logs(_id, { signal }) {
          yield "first";
          await new Promise((resolve) => signal?.addEventListener("abort", resolve));
          ended.resolve("the log was let go");
        },
      },
    });
    addApp(host, "blog");
    const body = JSON.stringify({ ...logsInput, follow: true });
    const response = await post("/api/logs", { at: host.socket }, body);
    const frames = readFrames(response);
    expect(await frames.next()).toMatchObject({ value: { line: "v1.1 | first" } });
    response.destroy();
    expect(await ended.promise).toBe("the log was let go");
  });

  it("waits for a client that reads slowly", async () => {
    let sent = 0;
    const line = "x".repeat(100_000);
    const lines = 200;
    const host = await testControl({
      engine: {
        listReplicas: async () => [replica],
        async *logs() {
          for (; sent < lines; sent += 1) {
            yield line;
          }
        },
      },
    });
    addApp(host, "blog");
    const body = JSON.stringify({ ...logsInput, follow: false });
    const response = await post("/api/logs", { at: host.socket }, body);
    const frames = readFrames(response);
    await frames.next();
    const early = sent;
    let seen = 1;
    for await (const frame of frames) {
      seen += "line" in frame ? 1 : 0;
    }
    expect(early).toBeLessThan(lines);
    expect(seen).toBe(lines);
  });

  it("of a failure has its status, and names the nearest app", async () => {
    const host = await testControl();
    addApp(host, "blog");
    expect(await askApi("info", { app: "bolg" }, { at: host.socket })).toMatchObject({
      status: 404,
      frames: [
        {
          error: {
            code: "not-found",
            message: 'There is no app "bolg".',
            hint: "Did you mean blog?",
            details: [],
          },
        },
      ],
    });
  });

  it("of a bug is a reference, under which the log has the stack", async () => {
    let logged = "";
    const destination = new Writable({
      write(chunk: Buffer, _encoding, done) {
        logged += chunk.toString();
        done();
      },
    });
    const host = await testControl({
      log: createLog("info", destination),
      engine: {
        listReplicas: async () => {
          throw new TypeError("secret internals");
        },
      },
    });
    addApp(host, "blog");
    const { status, error } = await askApi("ps", { app: "blog" }, { at: host.socket });
    const reference = /reference (\w+)/.exec(error?.message ?? "")?.[1] ?? "none";
    expect(status).toBe(500);
    expect(JSON.stringify(error)).not.toContain("secret internals");
    expect(logged).toContain(reference);
    expect(logged).toContain("TypeError: secret internals");
  });
});

describe("a call that is no call", () => {
  it.each([
    ["an unknown verb", "statsu", "{}", {}, "Did you mean status?"],
    ["no JSON", "apps", "{", {}, "JSON object"],
    ["an unknown field", "info", '{"app":"blog","x":1}', {}, "The input of info has no field x."],
    ["a missing field", "info", "{}", {}, "app is missing."],
    [
      "a version of nothing",
      "rollback",
      '{"app":"blog","version":0}',
      {},
      "version has to be at least 1.",
    ],
    ["no object", "info", "[]", {}, "The input of info has to be a JSON object."],
    ["a number for a name", "info", '{"app":7}', {}, "app has to be text."],
    ["half a limit", "events", '{"limit":1.5}', {}, "limit has to be a whole number."],
    ["too large a limit", "events", '{"limit":10001}', {}, "limit has to be at most 10000."],
    ["no command", "config:rm", '{"app":"blog","keys":[]}', {}, "keys has to have at least 1."],
    [
      "no kind of log",
      "logs",
      '{"app":"blog","kind":"x","version":null,"since":null,"tail":null}',
      {},
      "kind has to be one of app, access, build.",
    ],
    ["no vars", "config:set", '{"app":"blog","vars":{}}', {}, "There are no vars to set."],
    ["a bad name of an app", "info", '{"app":"../blog"}', {}, "cannot be the name of an app"],
    ["a form of a browser", "apps", "{}", { "content-type": "text/plain" }, "application/json"],
    [
      "a bad point in time",
      "logs",
      '{"app":"blog","kind":"app","version":null,"since":"soon","tail":null,"follow":false}',
      {},
      "no point in time",
    ],
    [
      "a bad key",
      "config:set",
      '{"app":"blog","vars":{"1A":"x"},"restart":true}',
      {},
      String.raw`"message":"\"1A\" is no name of a config var; use letters, digits and _, and begin with no digit."`,
    ],
  ])("is refused as wrong usage: %s", async (_what, verb, body, headers, text) => {
    const host = await testControl();
    addApp(host, "blog");
    const { status, frames } = await askApi(verb, null, { at: host.socket, body, headers });
    expect(status).toBe(400);
    expect(JSON.stringify(frames)).toContain(text);
  });

  it("is refused when it is too large, and the refusal arrives", async () => {
    const host = await testControl();
    const body = JSON.stringify({ pad: "x".repeat(5 * 1024 * 1024) });
    const answer = await askApi("apps", null, { at: host.socket, body });
    expect(answer).toMatchObject({ status: 400, error: { code: "usage" } });
  });
});

describe("events", () => {
  it("say who changed what, and never the values", async () => {
    const host = await testControl();
    const input = { app: "blog", vars: { PASSWORD: "hunter2" }, restart: true };
    await askApi("config:set", input, { at: host.socket });
    const events = host.store.events.list(null, 10);
    expect(events).toMatchObject([
      { app: "blog", who: "admin", what: "config:set", detail: "PASSWORD" },
    ]);
    expect(JSON.stringify(events)).not.toContain("hunter2");
  });

  it("tell of what failed half-way, too", async () => {
    const host = await testControl();
    addApp(host, "blog");
    await askApi("deploys:cancel", { app: "blog" }, { at: host.socket });
    expect(host.store.events.list("blog-main", 1)).toMatchObject([
      { what: "deploys:cancel", detail: expect.stringContaining("conflict") },
    ]);
  });

  it("cannot be forged, nor be made long, by what a call is given", async () => {
    const host = await testControl();
    addApp(host, "blog");
    const service = "\u001B[2J\n2026-03-01 12:00:00  boss  keys:add  -  forged";
    await askApi("restart", { app: "blog", service }, { at: host.socket });
    const domains = ["x".repeat(3_000_000)];
    await askApi("domains:set", { app: "blog", domains }, { at: host.socket });
    const details = host.store.events.list("blog-main", 10).map(({ detail }) => detail);
    expect(details).toHaveLength(2);
    for (const detail of details) {
      expect(detail).toMatch(/^\P{Cc}{1,600}$/u);
      expect(detail).toMatch(/ \([a-z-]+\)$/);
    }
  });

  it("are not written for looking", async () => {
    const host = await testControl();
    addApp(host, "blog");
    await askApi("status", {}, { at: host.socket });
    await askApi("releases", { app: "blog" }, { at: host.socket });
    expect(host.store.events.list(null, 10)).toEqual([]);
  });
});

describe("releases", () => {
  it("are newest first, with their commit and without their vars", async () => {
    const host = await testControl();
    const app = addApp(host, "blog");
    const commit = "d".repeat(40);
    const next = { app: app.id, commit, door: "push", by: "laptop", reason: "push" } as const;
    host.store.releases.create({ ...next, vars: { PASSWORD: "hunter2" } });
    const { result } = await askApi("releases", { app: "blog" }, { at: host.socket });
    expect(result).toMatchObject([
      { version: 2, status: "building", revision: commit, reason: "push" },
      { version: 1, status: "live" },
    ]);
    expect(JSON.stringify(result)).not.toContain("hunter2");
  });
});
