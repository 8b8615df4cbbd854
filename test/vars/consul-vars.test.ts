import { spawn } from "node:child_process";
import { createServer } from "node:http";
import { once } from "node:events";
import { connect } from "node:net";
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import type { Vars } from "../../src/ports.ts";
import type { OwnWrites } from "../../src/store-ports.ts";
import { createLog } from "../../src/system/log.ts";
import { consulVars } from "../../src/vars/consul-vars.ts";
import { emptyStore } from "../store/open.ts";
import { startConsul, type TestConsul } from "../support/consul.ts";
import { freePort } from "../support/free-port.ts";
import { varsContract } from "./contract.ts";

let consul: TestConsul;

beforeAll(async () => {
  consul = await startConsul();
});

afterAll(() => consul.stop());

interface Opened {
  readonly vars: Vars;
  readonly ownWrites: OwnWrites;
  readonly logged: string[];
}

function open(prefix = "goku", address = consul.address, token: string | null = null): Opened {
  const logged: string[] = [];
  const log = createLog("debug", { write: (line) => void logged.push(line) });
  const { ownWrites } = emptyStore();
  return { vars: consulVars({ address, token, prefix, ownWrites, log }), ownWrites, logged };
}

const one = (key: string, value: string) => ({ set: { [key]: value }, remove: [] });

/** A port that lets nobody in: its program stands still and the few places before it are taken. */
async function deafPort(): Promise<number> {
  const script = `require("node:net").createServer().listen({ port: 0, host: "127.0.0.1", backlog: 1 },
    function () { console.log(this.address().port); process.kill(process.pid, "SIGSTOP"); })`;
  const child = spawn(process.execPath, ["-e", script], { stdio: ["ignore", "pipe", "inherit"] });
  onTestFinished(() => void child.kill("SIGKILL"));
  const [line]: unknown[] = await once(child.stdout, "data");
  const port = Number(String(line));
  const waiting = Array.from({ length: 5 }, () => connect(port, "127.0.0.1"));
  onTestFinished(() => waiting.forEach((socket) => socket.destroy()));
  return port;
}

describe("Consul", () => {
  varsContract(() => open("contract").vars);
});

describe("what others put into Consul", () => {
  test("an octohost's vars are read where they are", async () => {
    await consul.set("octohost/blog/DOMAINS", "a.org b.org");
    expect(await open("octohost").vars.read("blog")).toEqual({ DOMAINS: "a.org b.org" });
    expect(await open("/octohost/").vars.apps()).toEqual(["blog"]);
  });

  test("deeper keys, folders and keys beside the apps are not vars", async () => {
    const { vars } = open("beside");
    await consul.set("beside/blog/", "");
    await consul.set("beside/blog/A", "1");
    await consul.set("beside/blog/deeper/B", "2");
    await consul.set("beside/loose", "3");
    await consul.set("beside/only-deeper/x/y", "4");
    await consul.set("beside/Not An App/A", "5");
    expect(await vars.read("blog")).toEqual({ A: "1" });
    expect(await vars.apps()).toEqual(["blog"]);
    await vars.removeAll("blog");
    expect(await consul.get("beside/blog/A")).toBeNull();
    expect(await consul.get("beside/blog/deeper/B")).toBe("2");
  });

  test("what no process could be started with is left out, with a warning once", async () => {
    const { vars, logged } = open("broken");
    await consul.set("broken/blog/GOOD", "1");
    await consul.set("broken/blog/bad-key", "secret-1");
    await consul.set("broken/blog/NUL", "a\0secret-2");
    await consul.set("broken/blog/LATIN", Buffer.from([0x73, 0xe9]));
    await consul.set("broken/blog/LARGE", "x".repeat(200_000));
    expect(await vars.read("blog")).toEqual({ GOOD: "1" });
    expect(await vars.read("blog")).toEqual({ GOOD: "1" });
    expect(logged.map((line) => JSON.parse(line) as unknown)).toEqual(
      ["LARGE", "LATIN", "NUL", "bad-key"].map((key) =>
        expect.objectContaining({ key: `broken/blog/${key}` }),
      ),
    );
    expect(logged.join("")).not.toContain("secret");
  });

  test("it can be set right and removed", async () => {
    const { vars } = open("mended");
    await consul.set("mended/blog/NUL", "a\0b");
    await consul.set("mended/blog/bad-key", "1");
    const change = { set: { NUL: "a" }, remove: ["bad-key", "deeper/B"] };
    await consul.set("mended/blog/deeper/B", "2");
    const { changed } = await vars.change("blog", change);
    expect(changed).toEqual(["NUL", "bad-key"]);
    expect(await consul.get("mended/blog/bad-key")).toBeNull();
    expect(await consul.get("mended/blog/deeper/B")).toBe("2");
  });
});

describe("changing", () => {
  test("touches no key but those that differ", async () => {
    const { vars } = open("untouched");
    await vars.change("blog", { set: { A: "1", B: "2" }, remove: [] });
    const indexOf = async (key: string): Promise<unknown> => {
      const answer = await consul.request("GET", `/kv/untouched/blog/${key}`);
      return answer.json();
    };
    const before = await indexOf("A");
    await vars.change("blog", { set: { A: "1", B: "3" }, remove: [] });
    expect(await indexOf("A")).toEqual(before);
  });

  test("against somebody who writes the same key all the time: both get through, nothing else is lost", async () => {
    const { vars } = open("contended");
    await vars.change("blog", one("OTHER", "kept"));
    const over = new AbortController();
    const others = (async () => {
      for (let count = 0; !over.signal.aborted; count += 1) {
        await consul.set("contended/blog/COUNT", `other ${count}`);
        await consul.set(`contended/blog/NEW_${count % 5}`, "1");
      }
    })();
    for (let count = 0; count < 20; count += 1) {
      const change = { set: { MINE: `${count}`, COUNT: `mine ${count}` }, remove: [] };
      const { vars: after } = await vars.change("blog", change);
      expect(after).toMatchObject({ OTHER: "kept", ...change.set });
    }
    over.abort();
    await others;
    expect(await vars.read("blog")).toMatchObject({ OTHER: "kept", MINE: "19", NEW_0: "1" });
  });

  test("two Gokus that set different keys of one app at once lose none", async () => {
    const gokus = [open("counted").vars, open("counted").vars];
    await Promise.all(
      gokus.flatMap((vars, at) =>
        [1, 2, 3].map((step) => vars.change("blog", one(`KEY_${at}_${step}`, "1"))),
      ),
    );
    expect(Object.keys((await gokus[0]?.read("blog")) ?? {})).toHaveLength(6);
  });

  test("more than 64 keys are refused, and none is changed", async () => {
    const { vars } = open("many");
    const names = Array.from({ length: 65 }, (_, at) => `KEY_${at}`);
    const set = Object.fromEntries(names.map((name) => [name, "1"]));
    await expect(vars.change("blog", { set, remove: [] })).rejects.toMatchObject({
      code: "refused",
      message:
        "65 vars of blog would change at once, and Consul changes at most 64 in one transaction.",
    });
    expect(await vars.read("blog")).toEqual({});
  });

  test("keys that stay as they are do not count", async () => {
    const { vars } = open("staying");
    const names = Array.from({ length: 60 }, (_, at) => `KEY_${at}`);
    const set = Object.fromEntries(names.map((name) => [name, "1"]));
    await vars.change("blog", { set, remove: [] });
    const more = { ...set, A: "1", B: "2", C: "3", D: "4", E: "5", KEY_1: "2" };
    expect((await vars.change("blog", { set: more, remove: [] })).changed).toHaveLength(6);
  });

  test("more bytes than a transaction holds are refused, and none is changed", async () => {
    const { vars } = open("bulky");
    const names = Array.from({ length: 5 }, (_, at) => `KEY_${at}`);
    const set = Object.fromEntries(names.map((name) => [name, "x".repeat(100_000)]));
    await expect(vars.change("blog", { set, remove: [] })).rejects.toMatchObject({
      code: "refused",
      message: expect.stringMatching(/^The changed vars of blog have 500025 bytes together/),
    });
    expect(await vars.read("blog")).toEqual({});
  });
});

describe("failures", () => {
  test("nobody listens: the address is named, a user and password in it are not", async () => {
    const port = await freePort();
    const { vars } = open("goku", `http://me:geheim@127.0.0.1:${port}/`);
    const expected = {
      code: "unavailable",
      message: `Consul at http://127.0.0.1:${port} does not answer: connect ECONNREFUSED 127.0.0.1:${port}.`,
    };
    await expect(vars.read("blog")).rejects.toMatchObject(expected);
    await expect(vars.apps()).rejects.toMatchObject(expected);
    await expect(vars.removeAll("blog")).rejects.toMatchObject(expected);
    await expect(vars.change("blog", one("A", "1"))).rejects.toMatchObject(expected);
    expect(vars.place).toBe(`Consul at http://127.0.0.1:${port}`);
  });

  test("an address that swallows packets is given up within seconds", async () => {
    const { vars } = open("goku", `http://127.0.0.1:${await deafPort()}`);
    const began = performance.now();
    await expect(vars.read("blog")).rejects.toMatchObject({
      code: "unavailable",
      message: expect.stringMatching(/no connection within 2 s/),
    });
    // The kernel would try for two minutes.
    expect(performance.now() - began).toBeLessThan(15_000);
  });

  test("somebody else answers there", async () => {
    const server = createServer((_request, response) => response.end("<html>Hello</html>"));
    server.listen(0, "127.0.0.1");
    onTestFinished(() => void server.close());
    await once(server, "listening");
    const address = server.address();
    const port = typeof address === "object" ? address?.port : 0;
    const { vars } = open("goku", `http://127.0.0.1:${port}`);
    const expected = {
      code: "unavailable",
      message: expect.stringMatching(/what answers there is not Consul/),
    };
    await expect(vars.read("blog")).rejects.toMatchObject(expected);
    await expect(vars.apps()).rejects.toMatchObject(expected);
  });

  test("an answer that says why is passed on", async () => {
    const server = createServer((_request, response) => {
      response.writeHead(500, { "content-type": "text/plain" }).end("No cluster leader");
    });
    server.listen(0, "127.0.0.1");
    onTestFinished(() => void server.close());
    await once(server, "listening");
    const address = server.address();
    const port = typeof address === "object" ? address?.port : 0;
    const { vars } = open("goku", `127.0.0.1:${port}`);
    await expect(vars.read("blog")).rejects.toMatchObject({
      code: "unavailable",
      message: `Consul at http://127.0.0.1:${port} does not answer: No cluster leader.`,
    });
  });
});

test("nothing is logged by ordinary work", async () => {
  const { vars, logged } = open("quiet");
  await vars.change("blog", one("A", "1"));
  await vars.read("blog");
  await vars.removeAll("blog");
  expect(logged).toEqual([]);
});
