import { once } from "node:events";
import { connect } from "node:net";
import { describe, expect, it } from "vitest";
import type { Replica } from "../../src/ports.ts";
import { adminRights } from "../../src/rights.ts";
import { readFrames } from "../../src/web/wire.ts";
import { soon } from "../support/soon.ts";
import { type Asking, askApi, post } from "./ask-api.ts";
import { addApp, addKey, addToken, nobody, type TestControl, testControl } from "./test-control.ts";

/* Whoever is shut out has nothing left that was opened before. */

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

const untilAborted = (signal: AbortSignal | undefined) =>
  new Promise((resolve) => signal?.addEventListener("abort", resolve));

/** Logs and commands that end only when they have to; a key and a token of one name. */
async function world() {
  const ended: string[] = [];
  const host = await testControl({
    engine: {
      listReplicas: async () => [replica],
      async *logs(_id, { signal }) {
        yield "first";
        await untilAborted(signal);
        ended.push("logs");
      },
      async run(_spec, _command, { stdout }, signal) {
        stdout.write("$ ");
        await untilAborted(signal);
        ended.push("run");
        throw signal.reason;
      },
    },
  });
  addApp(host, "blog");
  const rights = { ...nobody, deploy: ["blog"] };
  addKey(host, "ci", rights);
  const authorization = `Bearer ${addToken(host, "ci", rights)}`;
  const ways: Record<"key" | "token", Asking> = {
    key: { at: host.socket, headers: { "x-goku-key": "ci" } },
    token: { at: host.url, headers: { authorization } },
  };
  return { host, ended, ways, authorization };
}

const shutOut = (host: TestControl, holder: "key" | "token") =>
  askApi(`${holder}s:rm`, { name: "ci" }, { at: host.socket });

const follow = { app: "blog", kind: "app", version: null, since: null, tail: null, follow: true };

async function begin(verb: "logs" | "run", way: Asking) {
  const input = verb === "logs" ? follow : { app: "blog", command: ["sh"] };
  const type = verb === "logs" ? "application/json" : "application/x-ndjson";
  const headers = { ...way.headers, "content-type": type };
  const response = await post(`/api/${verb}`, { ...way, headers }, `${JSON.stringify(input)}\n`);
  const frames = readFrames(response);
  await frames.next();
  return { frames, response };
}

describe.each(["key", "token"] as const)("a %s that is removed", (holder) => {
  const other = holder === "key" ? "token" : "key";

  it.each(["logs", "run"] as const)("ends its %s, which says so", async (verb) => {
    const { host, ended, ways } = await world();
    const { frames } = await begin(verb, ways[holder]);
    await shutOut(host, holder);
    expect(await frames.next()).toMatchObject({ value: { error: { code: "unauthorized" } } });
    expect(ended).toEqual([verb]);
  });

  it("leaves those of others", async () => {
    const { host, ended, ways } = await world();
    const stays = [await begin("run", ways[other]), await begin("run", { at: host.socket })];
    const goes = await begin("logs", ways[holder]);
    await shutOut(host, holder);
    await goes.frames.next();
    expect(ended).toEqual(["logs"]);
    stays.forEach(({ response }) => response.destroy());
    await soon(() => ended).toEqual(["logs", "run", "run"]);
  });
});

it("a call that began before its token was removed, and has its input afterwards, is refused", async () => {
  const { host, authorization } = await world();
  const { hostname, port } = new URL(host.url);
  const client = connect(Number(port), hostname);
  let heard = "";
  client.setEncoding("utf8").on("data", (piece: string) => (heard += piece));
  const body = JSON.stringify({ app: "blog", vars: { A: "1" }, restart: false });
  const head = [
    "POST /api/config:set HTTP/1.1",
    "host: x",
    `authorization: ${authorization}`,
    "content-type: application/json",
    `content-length: ${body.length}`,
    "connection: close",
    "expect: 100-continue",
  ];
  client.write(`${head.join("\r\n")}\r\n\r\n`);
  await soon(() => heard).toContain("100 Continue");
  await shutOut(host, "token");
  client.write(body);
  await once(client, "close");
  expect(heard).toContain("401 Unauthorized");
  expect(await host.vars.read("blog")).toEqual({});
});

it("who removes the own key is told that it is done", async () => {
  const { host } = await world();
  addKey(host, "boss", adminRights);
  const way = { at: host.socket, headers: { "x-goku-key": "boss" } };
  expect((await askApi("keys:rm", { name: "boss" }, way)).result).toEqual({ name: "boss" });
});
