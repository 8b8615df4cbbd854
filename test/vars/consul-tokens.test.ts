import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { isGokuError } from "../../src/errors.ts";
import { createLog } from "../../src/system/log.ts";
import { waitFor } from "../../src/system/wait.ts";
import { consulVars } from "../../src/vars/consul-vars.ts";
import { emptyStore } from "../store/open.ts";
import { startConsul, type TestConsul } from "../support/consul.ts";

let consul: TestConsul;

beforeAll(async () => {
  consul = await startConsul({ acl: true });
  await consul.set("goku/blog/A", "1");
});

afterAll(() => consul.stop());

function open(token: string | null) {
  const logged: string[] = [];
  const log = createLog("debug", { write: (line) => void logged.push(line) });
  const { ownWrites } = emptyStore();
  const { address } = consul;
  return { vars: consulVars({ address, token, prefix: "goku", ownWrites, log }), logged };
}

async function failureOf(work: Promise<unknown>): Promise<{ code: string; text: string }> {
  const error = await work.then(
    () => null,
    (reason: unknown) => reason,
  );
  if (!isGokuError(error)) {
    throw new Error("It did not fail as it should.", { cause: error });
  }
  return { code: error.code, text: `${error.message} ${error.hint ?? ""}` };
}

test("a token with the right to the prefix is all it takes", async () => {
  const { vars } = open(await consul.createToken('key_prefix "goku/" { policy = "write" }'));
  await vars.change("shop", { set: { A: "1" }, remove: [] });
  expect(await vars.read("shop")).toEqual({ A: "1" });
  expect(await vars.read("nothing")).toEqual({});
  expect(await vars.apps()).toEqual(["blog", "shop"]);
  await vars.removeAll("shop");
  expect(await vars.apps()).toEqual(["blog"]);
});

describe("a token that Consul does not take", () => {
  const tokens: readonly (readonly [what: string, make: () => Promise<string | null>])[] = [
    ["unknown", async () => randomUUID()],
    ["for something else", () => consul.createToken('key_prefix "other/" { policy = "write" }')],
  ];

  test.each(tokens)("%s: every call says so and names the setting", async (_what, make) => {
    const token = await make();
    const { vars } = open(token);
    const change = { set: { A: "2" }, remove: [] };
    const calls = [
      () => vars.read("blog"),
      () => vars.change("blog", change),
      () => vars.removeAll("blog"),
      () => vars.apps(),
    ];
    for (const call of calls) {
      const { code, text } = await failureOf(call());
      expect(code).toBe("unavailable");
      expect(text).toMatch(
        new RegExp(`^Consul at ${consul.address} refused the token in the setting .consul_token.`),
      );
      expect(text).not.toContain(token);
    }
    expect(await consul.get("goku/blog/A")).toBe("1");
  });

  test("none, where one is needed", async () => {
    const { text } = await failureOf(open(null).vars.read("blog"));
    expect(text).toMatch(/wants a token, and the setting `consul_token` holds none/);
  });

  test("one that may only read: reading works, writing says so", async () => {
    const { vars } = open(await consul.createToken('key_prefix "goku/" { policy = "read" }'));
    expect(await vars.read("blog")).toEqual({ A: "1" });
    const { text } = await failureOf(vars.change("blog", { set: { A: "2" }, remove: [] }));
    expect(text).toMatch(/refused the token/);
    expect(await consul.get("goku/blog/A")).toBe("1");
  });
});

test("what is thrown and logged holds the token nowhere, however deep", async () => {
  const token = randomUUID();
  const { vars, logged } = open(token);
  const error: unknown = await vars.read("blog").catch((reason: unknown) => reason);
  const log = createLog("debug", { write: (line) => void logged.push(line) });
  log.error({ err: error }, "As it would be logged.");

  const abort = new AbortController();
  const next = vars.watch(abort.signal)[Symbol.asyncIterator]().next();
  const warned = () => (logged.some((line) => line.includes("go unnoticed")) ? true : null);
  expect(await waitFor(warned, { timeoutMs: 30_000 })).toBe(true);
  abort.abort();
  expect((await next).done).toBe(true);
  expect(logged.join("")).not.toContain(token);
  expect(logged.join("")).toContain("consul_token");
});
