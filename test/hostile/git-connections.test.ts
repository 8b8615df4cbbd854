import { randomBytes } from "node:crypto";
import express from "express";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createSessions } from "../../src/receiver/sessions.ts";
import { adminRights } from "../../src/rights.ts";
import { gitRoutes } from "../../src/web/git.ts";
import { type Listening, listenOnTcp } from "../../src/web/listen.ts";
import { servingGits } from "../support/serving-gits.ts";
import { silentLog } from "../support/silent-log.ts";
import { soon } from "../support/soon.ts";
import { fillRepository } from "./fill-repository.ts";
import { open, statusesOf } from "./raw-http.ts";
import { startWholeWeb, type WholeWeb } from "./whole-web.ts";

/*
 * Connections such as no git makes, of somebody who may push and fetch: each is answered or closed, others are served
 * meanwhile, and no git is left.
 */

let web: WholeWeb;
let path: string;
let commit: string;

beforeAll(async () => {
  web = await startWholeWeb();
  web.addToken("blogger", { admin: false, deploy: ["blog"], read: [] });
  // More than a pipe and a connection hold.
  const large = { name: "large", content: randomBytes(16 * 1024 * 1024) };
  ({ path, commit } = await fillRepository(web, "blog", large));
});

afterAll(() => web.close());

const tcp = () => ({ host: "127.0.0.1", port: web.port });
const gits = () => servingGits(path);
const credentials = Buffer.from("blogger:secret-of-blogger").toString("base64");
const close = "Connection: close";
const authorization = `Authorization: Basic ${credentials}`;

const start = (line: string, ...headers: readonly string[]) =>
  [`${line} HTTP/1.1`, "Host: x", authorization, ...headers, "", ""].join("\r\n");

const refs = (service: string, ...headers: readonly string[]) =>
  start(`GET /git/blog.git/info/refs?service=git-${service}`, ...headers);

const head = (service: string, ...headers: readonly string[]) => {
  const type = `Content-Type: application/x-git-${service}-request`;
  return start(`POST /git/blog.git/git-${service}`, type, ...headers);
};

const post = (service: string, body: string, ...headers: readonly string[]) =>
  head(service, `Content-Length: ${body.length}`, ...headers) + body;

/** Everything of the repository. */
const fetchAll = () => post("upload-pack", `0032want ${commit}\n00000009done\n`);

/** What is answered until the other side closes: a client that ended its own half would be taken for gone. */
async function hear(bytes: string): Promise<string> {
  const socket = await open(tcp());
  let text = "";
  socket.setEncoding("latin1").on("data", (piece: string) => (text += piece));
  socket.write(bytes, "latin1");
  await new Promise((resolve) => socket.once("close", resolve));
  return text;
}

async function mustServe(): Promise<void> {
  expect(statusesOf(await hear(refs("upload-pack", close)))).toEqual([200]);
}

describe.each(["receive-pack", "upload-pack"])("%s", (service) => {
  const chunked = (end: string, ...headers: readonly string[]) =>
    `${head(service, "Transfer-Encoding: chunked", close, ...headers)}4\r\n0000\r\n0\r\n${end}`;
  const upgrade = ["Connection: Upgrade, close", "Upgrade: websocket"];

  it.each<[string, () => string, readonly number[]]>([
    ["a wish to continue", () => post(service, "0000", "Expect: 100-continue", close), [100, 200]],
    ["an unknown wish", () => post(service, "0000", "Expect: miracles", close), [417]],
    ["a wish to change", () => post(service, "0000", ...upgrade), [200]],
    ["trailers", () => chunked("X: y\r\n\r\n", "Trailer: X"), [200]],
    ["a length among trailers", () => chunked("Content-Length: 5\r\n\r\n"), [400]],
    ["endless trailers", () => chunked("X: y\r\n".repeat(50_000)), [431]],
    ["trailers that are none", () => chunked("no trailer\r\n\r\n"), [400]],
    ["a length and chunks", () => chunked("\r\n", "Content-Length: 4"), [400]],
    [
      "many requests at once",
      () => `${refs(service)}${post(service, "0000")}`.repeat(10) + refs(service, close),
      Array.from({ length: 21 }, () => 200),
    ],
  ])("answers %s, or closes, and goes on", async (_what, bytes, statuses) => {
    expect(statusesOf(await hear(bytes()))).toEqual(statuses);
    await mustServe();
    await soon(gits).toBe(0);
  });
});

it("begins what was asked in one go one after the other, and nothing of it once the client has gone", async () => {
  const socket = await open(tcp());
  // Nothing is read: git has more to say than the connection takes.
  socket.pause();
  socket.write(fetchAll().repeat(20));
  await soon(gits).toBe(1);
  await mustServe();
  expect(await gits()).toBe(1);
  socket.resetAndDestroy();
  await soon(gits).toBe(0);
  await mustServe();
  expect(await gits()).toBe(0);
});

describe("a client with a right token that says no more", () => {
  let slow: Listening;
  let port: number;

  beforeAll(async () => {
    const routes = gitRoutes({
      authenticate: async () => ({ name: "slow", rights: adminRights }),
      callerOf: () => null,
      handler: {
        authorize: async () => undefined,
        readsWholePush: () => false,
        readPush: async () => undefined,
        update: async () => undefined,
      },
      repositories: web.repositories,
      sessions: createSessions(),
      log: silentLog(),
      idleMs: 3_000,
    });
    slow = await listenOnTcp(express().use(routes), { host: "127.0.0.1", port: 0 });
    port = Number(slow.address.split(":")[1]);
  });

  afterAll(() => slow.close(0));

  it.each([
    ["a push", () => head("receive-pack", "Content-Length: 1000")],
    ["a fetch", () => head("upload-pack", "Transfer-Encoding: chunked")],
  ])("is cut off in the middle of %s", async (_what, bytes) => {
    const socket = await open({ host: "127.0.0.1", port });
    const closed = new Promise((resolve) => socket.once("close", resolve));
    socket.resume().write(bytes());
    await soon(gits).toBe(1);
    await mustServe();
    await closed;
    await soon(gits).toBe(0);
  });

  it("is cut off where it does not read", async () => {
    const socket = await open({ host: "127.0.0.1", port });
    socket.pause();
    socket.write(fetchAll());
    await soon(gits).toBe(1);
    await soon(gits).toBe(0);
    socket.destroy();
  });
});
