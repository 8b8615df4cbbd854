import { once } from "node:events";
import { connect } from "node:net";
import { Readable } from "node:stream";
import { text } from "node:stream/consumers";
import { describe, expect, it, onTestFinished, vi } from "vitest";
import { callVerb } from "../../src/cli/client.ts";
import { inputThenStdinType } from "../../src/web/wire.ts";
import { addApp, addToken, nobody, testControl } from "./test-control.ts";
import { soon } from "../support/soon.ts";

/* A client has its answer, whatever it still sends. */

const run = { app: "nowhere", command: ["cat"] };
const refusal = 'There is no app "nowhere".';
const chunk = (body: string) => `${body.length.toString(16)}\r\n${body}\r\n`;
const head = (path: string, headers: readonly string[]) =>
  [`POST ${path} HTTP/1.1`, "host: x", ...headers, "transfer-encoding: chunked", "", ""].join(
    "\r\n",
  );
const runHead = (...headers: string[]) =>
  head("/api/run", [`content-type: ${inputThenStdinType}`, ...headers]);

describe("a refused run", () => {
  it("is told so every time, while its input comes in pieces", async () => {
    const { data } = await testControl();
    async function* pieces() {
      for (let piece = 0; piece < 3; piece += 1) {
        await new Promise(setImmediate);
        yield Buffer.from("a piece of input\n");
      }
    }
    for (let time = 0; time < 40; time += 1) {
      const stdin = Readable.from(pieces());
      const called = callVerb({ data, key: null, verb: "run", input: run, stdin, onFrame });
      await expect(called, `time ${time}`).rejects.toThrow(refusal);
    }
  });

  it("is told so before its input has ended", async () => {
    const { data } = await testControl();
    const stdin = new Readable({ read: () => undefined });
    stdin.push("typed");
    const called = callVerb({ data, key: null, verb: "run", input: run, stdin, onFrame });
    await expect(called).rejects.toThrow(refusal);
  });

  it("is told so where it reads only after it has sent everything", async () => {
    const { socket } = await testControl();
    // Time does not cut off who sends as fast as a busy machine lets it.
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    onTestFinished(() => void vi.useRealTimers());
    const client = connect(socket);
    client.write(runHead("connection: close") + chunk(`${JSON.stringify(run)}\n`));
    // More than lies between two processes, and what is taken from it within a moment.
    for (let sent = 0; sent < 50; sent += 1) {
      if (!client.write(chunk("x".repeat(100_000)))) {
        await once(client, "drain");
      }
    }
    client.write(chunk("") + "\r\n");
    expect(await text(client)).toContain(JSON.stringify(refusal));
  });
});

describe("a client that never stops sending", () => {
  it.each([
    ["and closes", "connection: close"],
    ["and would come again", "connection: keep-alive"],
  ])("%s has its whole answer, and is cut off", async (_what, connection) => {
    const { socket } = await testControl();
    const client = connect(socket);
    client.on("error", () => undefined);
    const closed = new Promise((resolve) => client.once("close", resolve));
    let answer = "";
    client.setEncoding("utf8").on("data", (piece: string) => (answer += piece));
    client.write(runHead(connection) + chunk(`${JSON.stringify(run)}\n`));
    const goOn = () => {
      while (!client.destroyed && client.write(chunk("x".repeat(100_000)))) {
        // Until the other side is slower.
      }
    };
    client.on("drain", goOn);
    goOn();
    await closed;
    expect(answer).toContain(JSON.stringify(refusal));
    // HTTP's own end of an answer.
    expect(answer).toMatch(/\r\n0\r\n\r\n$/);
  });

  it("is cut off, also while nobody knows who it is", async () => {
    const { url } = await testControl();
    const { hostname, port } = new URL(url);
    const client = connect(Number(port), hostname);
    client.on("error", () => undefined);
    client.write(head("/api/apps", ["content-type: application/json"]) + chunk("{"));
    const closed = new Promise((resolve) => client.once("close", resolve));
    let answer = "";
    client.setEncoding("utf8").on("data", (piece: string) => (answer += piece));
    await closed;
    expect(answer).toContain("HTTP/1.1 401");
    expect(answer).toMatch(/\r\n0\r\n\r\n$/);
  });
});

describe("a connection", () => {
  it("serves the next call after a refused one with a body", async () => {
    const host = await testControl();
    addApp(host, "blog");
    const token = addToken(host, "reader", { ...nobody, read: ["blog"] });
    const headers = [`authorization: Bearer ${token}`, "connection: keep-alive"];
    const { hostname, port } = new URL(host.url);
    const client = connect(Number(port), hostname);
    let answers = "";
    client.setEncoding("utf8").on("data", (piece: string) => (answers += piece));
    const rest = "x".repeat(500_000);
    client.write(runHead(...headers) + chunk(`${JSON.stringify(run)}\n`) + chunk(rest) + chunk(""));
    await soon(() => answers).toContain(JSON.stringify(refusal));
    const next = ["content-type: application/json", ...headers];
    client.write(head("/api/apps", next) + chunk("{}") + chunk(""));
    await soon(() => answers).toContain('"blog"');
    client.destroy();
  });
});

async function onFrame(): Promise<void> {
  throw new Error("a refusal has one frame alone");
}

it("whoever takes no input notices that its client has gone", async () => {
  vi.useFakeTimers({ toFake: ["setInterval", "clearInterval"] });
  onTestFinished(() => void vi.useRealTimers());
  let hasNoticed = false;
  const host = await testControl({
    engine: {
      listReplicas: async () => [],
      run: async (_spec, _command, _io, signal) => {
        await new Promise((resolve) => signal.addEventListener("abort", resolve));
        hasNoticed = true;
        return 130;
      },
    },
  });
  addApp(host, "blog");
  const client = connect(host.socket);
  let heard = "";
  client.setEncoding("utf8").on("data", (piece: string) => (heard += piece));
  const input = JSON.stringify({ app: "blog", command: ["sleep", "600"] });
  client.write(runHead() + chunk(`${input}\n`));
  const piece = chunk("x".repeat(64 * 1024));
  while (client.write(piece)) {
    // Until the daemon takes no more.
  }
  const aLookLater = (seen: () => unknown) => () => {
    vi.advanceTimersByTime(2_000);
    return seen();
  };
  await soon(aLookLater(() => heard)).not.toBe("");
  client.destroy();
  await soon(aLookLater(() => hasNoticed)).toBe(true);
});
