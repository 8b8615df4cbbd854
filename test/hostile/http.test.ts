import * as fc from "fast-check";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { verbs } from "../../src/web/verbs/index.ts";
import { keyHeader } from "../../src/web/wire.ts";
import { argumentText } from "./arbitraries.ts";
import { postTo } from "./post-to.ts";
import { open, say, statusesOf, type Where } from "./raw-http.ts";
import { startWholeWeb, type WholeWeb } from "./whole-web.ts";
import { processorClock } from "../support/processor-time.ts";

/*
 * Whatever comes over a connection, the next one is served, no answer is a 5xx, none shows a stack, and the log has no
 * line about a bug. A rejection that nobody handles fails the run by itself.
 */

let web: WholeWeb;
let logged = 0;

beforeAll(async () => {
  web = await startWholeWeb();
  web.addToken("nothing", { admin: false, deploy: [], read: [] });
  web.addKey("nothing", { admin: false, deploy: [], read: [] });
});

afterAll(() => web.close());

afterEach(async () => {
  await mustAnswer();
  const bugs = web
    .log()
    .slice(logged)
    .split("\n")
    .filter((line) => line.includes('"level":50'));
  expect(bugs.map((line) => line.slice(0, 300))).toEqual([]);
  logged = web.log().length;
});

const tcp = (): Where => ({ host: "127.0.0.1", port: web.port });
const socket = (): Where => ({ path: web.socket });
const ways = { "the web address": tcp, "the control socket": socket } as const;
const authorization = "Authorization: Bearer nothing:secret-of-nothing";

async function mustAnswer(): Promise<void> {
  const asked = { method: "POST", path: "/api/version", body: "{}" };
  const headers = { "content-type": "application/json" };
  const local = await postTo({ ...asked, socketPath: web.socket, headers });
  const bearer = { ...headers, authorization: "Bearer nothing:secret-of-nothing" };
  const remote = await postTo({ ...asked, host: "127.0.0.1", port: web.port, headers: bearer });
  expect([local.status, remote.status]).toEqual([200, 200]);
}

function mustBeHarmless(text: string): void {
  expect(statusesOf(text).filter((status) => status >= 500)).toEqual([]);
  expect(text).not.toMatch(/\bat .*\.(?:ts|js):\d|node:internal|node_modules/);
}

const verb = (...headers: readonly string[]) =>
  ["POST /api/apps HTTP/1.1", "Host: x", authorization, ...headers, "", ""].join("\r\n");
const json = "Content-Type: application/json";
const good = `${verb(json, "Content-Length: 2")}{}`;

const corpus: Readonly<Record<string, string>> = {
  nothing: "",
  "an empty line": "\r\n\r\n",
  "no HTTP at all": "\u0000\u0001\u0002\xff\xfe hello\r\n\r\n",
  "a TLS hello": "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + "\0".repeat(64),
  "HTTP/2": "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
  "HTTP/9.9": "GET / HTTP/9.9\r\n\r\n",
  "HTTP/0.9": "GET /\r\n",
  SSH: "SSH-2.0-OpenSSH_9.9\r\n",
  "no host": "GET / HTTP/1.1\r\n\r\n",
  "two hosts": "GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n",
  "a strange method": "GOKU /api/apps HTTP/1.1\r\nHost: x\r\n\r\n",
  CONNECT: "CONNECT 127.0.0.1:22 HTTP/1.1\r\nHost: x\r\n\r\n",
  TRACE: "TRACE /api/apps HTTP/1.1\r\nHost: x\r\n\r\n",
  "OPTIONS *": "OPTIONS * HTTP/1.1\r\nHost: x\r\n\r\n",
  "a whole URL": "POST http://169.254.169.254/api/apps HTTP/1.1\r\nHost: x\r\n\r\n",
  "a path upwards": "GET /git/../../etc/passwd HTTP/1.1\r\nHost: x\r\n\r\n",
  "a path of backslashes": "GET /git\\..\\..\\x HTTP/1.1\r\nHost: x\r\n\r\n",
  "a broken escape": "GET /git/%/info/refs HTTP/1.1\r\nHost: x\r\n\r\n",
  "a broken escape of a push": "POST /git/%E0%A4%A/git-receive-pack HTTP/1.1\r\nHost: x\r\n\r\n",
  "a broken escape of a verb": verb(json).replace("/api/apps", "/api/%ff"),
  "a verb with a NUL": verb(json, "Content-Length: 2").replace("apps", "%00") + "{}",
  "a verb of a megabyte": verb(json).replace("apps", "a".repeat(1_000_000)),
  "a header of a megabyte": verb(`X: ${"a".repeat(1_000_000)}`),
  "ten thousand headers": verb(...Array.from({ length: 10_000 }, (_, at) => `X-${at}: 1`)),
  "a header without a colon": verb("nonsense"),
  "a header with a NUL": verb("X: a\0b"),
  "a header on two lines": verb("X: a\r\n b"),
  "a header name with a space": verb("Content-Length : 2"),
  "bare line feeds": verb(json, "Content-Length: 2").replaceAll("\r\n", "\n") + "{}",
  "an endless token": `POST /api/apps HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${"a:".repeat(4000)}\r\n\r\n`,
  "two lengths": `${verb(json, "Content-Length: 2", "Content-Length: 20")}{}`,
  "a length and chunks": `${verb(json, "Content-Length: 2", "Transfer-Encoding: chunked")}0\r\n\r\n`,
  "a negative length": `${verb(json, "Content-Length: -1")}{}`,
  "a length that is no number": `${verb(json, "Content-Length: 0x2")}{}`,
  "a length beyond all numbers": `${verb(json, "Content-Length: 99999999999999999999999")}{}`,
  "a length too great": `${verb(json, "Content-Length: 1000")}{}`,
  "a length too small": `${verb(json, "Content-Length: 1")}{}`,
  "a body with GET": good.replace("POST", "GET"),
  "chunks of no size": `${verb(json, "Transfer-Encoding: chunked")}zz\r\n{}\r\n0\r\n\r\n`,
  "a chunk beyond all numbers": `${verb(json, "Transfer-Encoding: chunked")}ffffffffffffffffff\r\n{}\r\n`,
  "a chunk that ends early": `${verb(json, "Transfer-Encoding: chunked")}ff\r\n{}`,
  "a chunk's endless extension": `${verb(json, "Transfer-Encoding: chunked")}2;${"a".repeat(200_000)}\r\n{}\r\n0\r\n\r\n`,
  "endless trailers": `${verb(json, "Transfer-Encoding: chunked")}0\r\n${"X: y\r\n".repeat(50_000)}\r\n`,
  "an unknown transfer encoding": `${verb(json, "Transfer-Encoding: gzip, chunked")}0\r\n\r\n`,
  "a wish to continue": `${verb(json, "Content-Length: 2", "Expect: 100-continue")}{}`,
  "an unknown wish": `${verb(json, "Content-Length: 2", "Expect: miracles")}{}`,
  "a wish to change": verb("Connection: Upgrade", "Upgrade: websocket"),
  "a compressed verb": `${verb(json, "Content-Encoding: gzip", "Content-Length: 2")}{}`,
  "another's forwarded address": `${verb(json, "X-Forwarded-For: ::1, a, \xff", "Content-Length: 2")}{}`,
  "a key over TCP": `POST /api/keys:list HTTP/1.1\r\nHost: x\r\n${keyHeader}: admin\r\n${json}\r\nContent-Length: 2\r\n\r\n{}`,
  "a push by no type": `POST /git/x.git/git-receive-pack HTTP/1.1\r\nHost: x\r\n${authorization}\r\n\r\n`,
  "a hook without a body": "POST /hooks/update HTTP/1.1\r\nHost: x\r\n\r\n",
  "a hook of half a length": "POST /hooks/update HTTP/1.0\r\nContent-Length: 100\r\n\r\n1\nrefs",
  "a hook of a strange encoding":
    "POST /hooks/ssh HTTP/1.1\r\nHost: x\r\nContent-Encoding: br\r\nContent-Length: 2\r\n\r\nab",
  "a hook of broken gzip":
    "POST /hooks/ssh HTTP/1.1\r\nHost: x\r\nContent-Encoding: gzip\r\nContent-Length: 2\r\n\r\nab",
};

describe.each(Object.keys(ways))("%s", (way) => {
  const where = () => (way === "the control socket" ? socket() : tcp());

  it.each(Object.keys(corpus))("takes no harm of %s", async (what) => {
    const heard = await say(where(), corpus[what] ?? "");
    mustBeHarmless(heard.text);
    expect(heard.closed).toBe(true);
  });

  it("takes no harm of a request that breaks off anywhere", async () => {
    const cuts = Array.from({ length: good.length }, (_, at) => at).filter((at) => at % 7 === 0);
    const heard = await Promise.all(cuts.map((cut) => say(where(), good.slice(0, cut))));
    heard.forEach(({ text }) => mustBeHarmless(text));
    expect(heard.every(({ closed }) => closed)).toBe(true);
  });

  it("takes no harm of any bytes, alone or in a request", async () => {
    const bytes = fc.uint8Array({ maxLength: 300 }).map((each) => Buffer.from(each));
    const places = fc.constantFrom(
      ["", ""],
      ["POST /", " HTTP/1.1\r\nHost: x\r\n\r\n"],
      ["POST /api/apps HTTP/1.1\r\n", "\r\n\r\n"],
      [verb(json, "Transfer-Encoding: chunked"), "\r\n0\r\n\r\n"],
      [verb(json, "Content-Length: 20"), ""],
    );
    await fc.assert(
      fc.asyncProperty(places, bytes, async ([before = "", after = ""], middle) => {
        const { text } = await say(
          where(),
          Buffer.concat([Buffer.from(before), middle, Buffer.from(after)]),
        );
        mustBeHarmless(text);
      }),
      { numRuns: 150 },
    );
  });

  it("answers what was asked in one go, each and in order", async () => {
    const asked = 100;
    const last = `${verb(json, "Content-Length: 2", "Connection: close")}{}`;
    // Whoever ends his side, as `say` does, is answered no more than what he was being answered.
    const connection = await open(where());
    connection.setEncoding("latin1").write(good.repeat(asked - 1) + last);
    const text = (await connection.toArray()).join("");
    expect(statusesOf(text)).toEqual(Array.from({ length: asked }, () => 200));
  });

  it("answers others while hundreds of connections say nothing or little", async () => {
    const idle = await Promise.all(Array.from({ length: 300 }, () => open(where())));
    idle.forEach((each, at) => at % 3 > 0 && each.write(good.slice(0, at % good.length)));
    await mustAnswer();
    idle.forEach((each) => each.destroy());
  });
});

describe("a verb", () => {
  const inputs = fc.oneof(
    fc.jsonValue(),
    fc.dictionary(
      fc.constantFrom(
        "app",
        "vars",
        "keys",
        "key",
        "version",
        "domains",
        "count",
        "services",
        "kind",
        "since",
        "tail",
        "limit",
        "command",
        "terminal",
        "name",
        "kinds",
        "dryRun",
        "__proto__",
      ),
      fc.oneof(fc.jsonValue(), argumentText, fc.constantFrom(-1, 0, 1e308, null, "blog", "../x")),
      { maxKeys: 6 },
    ),
  );

  it.each(verbs.map(({ name }) => name))("%s takes any JSON, and refuses most", async (name) => {
    const { duplex = false } = verbs.find((each) => each.name === name) ?? {};
    const type = duplex ? "application/x-ndjson" : "application/json";
    await fc.assert(
      fc.asyncProperty(inputs, async (input) => {
        const said = await postTo({
          socketPath: web.socket,
          method: "POST",
          path: `/api/${name}`,
          headers: { "content-type": type, [keyHeader]: "nothing" },
          body: JSON.stringify(input),
        });
        expect(said.status).toBeLessThan(500);
        expect(() =>
          said.body
            .trim()
            .split("\n")
            .map((line): unknown => JSON.parse(line)),
        ).not.toThrow();
      }),
      { numRuns: 15 },
    );
  });

  it.each([
    ["nested without end", "[".repeat(1_000_000)],
    ["nested deeply", `${'{"app":'.repeat(100_000)}1${"}".repeat(100_000)}`],
    [
      "of very many vars",
      JSON.stringify({
        app: "blog",
        vars: Object.fromEntries(Array.from({ length: 150_000 }, (_, at) => [`K${at}`, "1"])),
      }),
    ],
    ["with a long key", JSON.stringify({ app: "blog", key: "k".repeat(3_000_000) })],
    ["with a long app", JSON.stringify({ app: "b".repeat(3_000_000), key: "k" })],
    ["of halves of characters", '{"app":"\\ud800","key":"\\udfff"}'],
    ["of bytes that are no text", Buffer.from([0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d])],
  ])("takes input %s, and holds nobody up", async (_what, body) => {
    for (const name of ["config:set", "config:get", "run"]) {
      const type = name === "run" ? "application/x-ndjson" : "application/json";
      const spentMs = processorClock();
      const said = await postTo({
        socketPath: web.socket,
        method: "POST",
        path: `/api/${name}`,
        headers: { "content-type": type, [keyHeader]: "nothing" },
        body,
      });
      expect([400, 404]).toContain(said.status);
      expect(spentMs()).toBeLessThan(2_000);
    }
  });

  it("whose first line comes byte by byte costs no more than its length", async () => {
    const chunks = "1\r\nx\r\n".repeat(150_000);
    const head = `POST /api/run HTTP/1.1\r\nHost: x\r\n${keyHeader}: nothing\r\nContent-Type: application/x-ndjson\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n`;
    const spentMs = processorClock();
    const { text } = await say(socket(), `${head}${chunks}0\r\n\r\n`);
    expect(statusesOf(text)).toEqual([400]);
    expect(spentMs()).toBeLessThan(2_500);
  });
});
