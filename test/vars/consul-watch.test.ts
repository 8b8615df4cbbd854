import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import type { ForeignChange, Vars } from "../../src/ports.ts";
import type { OwnWrites } from "../../src/store-ports.ts";
import { deferred } from "../../src/system/deferred.ts";
import { createLog } from "../../src/system/log.ts";
import { waitFor } from "../../src/system/wait.ts";
import { consulVars } from "../../src/vars/consul-vars.ts";
import { emptyStore } from "../store/open.ts";
import { startConsul, type TestConsul } from "../support/consul.ts";
import { consulBehind } from "../support/consul-proxy.ts";
import { soon } from "../support/soon.ts";
import { watcherOf } from "./watcher.ts";

let consul: TestConsul;

beforeAll(async () => {
  consul = await startConsul();
});

afterAll(() => consul.stop());

interface OpenOptions {
  readonly address?: string;
  readonly ownWrites?: OwnWrites;
}

function open(prefix: string, options: OpenOptions = {}) {
  const logged: string[] = [];
  const log = createLog("debug", { write: (line) => void logged.push(line) });
  const ownWrites = options.ownWrites ?? emptyStore().ownWrites;
  const address = options.address ?? consul.address;
  const vars = consulVars({ address, token: null, prefix, ownWrites, log });
  return { vars, ownWrites, logged };
}

const set = (vars: Vars, app: string, values: Record<string, string>) =>
  vars.change(app, { set: values, remove: [] });

describe("a change by somebody else", () => {
  test("is told: a new key, another value, a key that is gone", async () => {
    const { vars } = open("told");
    const watcher = watcherOf(vars, consul, "told");
    await consul.set("told/blog/A", "1");
    await watcher.expectTold("blog");
    await consul.set("told/blog/A", "2");
    await watcher.expectTold("blog");
    await consul.remove("told/blog/A");
    await watcher.expectTold("blog");
    await watcher.settle();
    expect(watcher.names()).toEqual(["blog", "blog", "blog"]);
  });

  test("is told when it is to a var that this Goku had set", async () => {
    const { vars } = open("over");
    const watcher = watcherOf(vars, consul, "over");
    await set(vars, "blog", { A: "1", B: "2" });
    await consul.set("over/blog/A", "other");
    await watcher.expectTold("blog");
    await consul.remove("over/blog/B");
    await watcher.expectTold("blog");
    await watcher.settle();
    expect(watcher.names()).toEqual(["blog", "blog"]);
  });

  test("several at once are told once for each app", async () => {
    const { vars } = open("together");
    const watcher = watcherOf(vars, consul, "together");
    await watcher.settle();
    const keys = ["A", "B", "C", "D", "E"];
    const paths = ["blog", "shop"].flatMap((app) => keys.map((key) => `together/${app}/${key}`));
    const changes = paths.map((path) => ({ KV: { Verb: "set", Key: path, Value: btoa("1") } }));
    const answer = await consul.request("PUT", "/txn", JSON.stringify(changes));
    expect(answer.ok).toBe(true);
    await watcher.settle();
    expect(watcher.names().sort()).toEqual(["blog", "shop"]);
  });

  test("to what is no var is not told", async () => {
    const { vars } = open("deaf");
    const watcher = watcherOf(vars, consul, "deaf");
    await consul.set("deaf/blog/deeper/A", "1");
    await consul.set("deaf/blog/bad-key", "1");
    await consul.set("deaf/Not An App/A", "1");
    await consul.set("deaf/loose", "1");
    await consul.set("deafer/blog/A", "1");
    await watcher.settle();
    expect(watcher.names()).toEqual([]);
  });
});

describe("this Goku's own change", () => {
  test("is not told, whatever it was", async () => {
    const { vars } = open("own");
    const watcher = watcherOf(vars, consul, "own");
    await watcher.settle();
    for (let count = 0; count < 30; count += 1) {
      await set(vars, "blog", { A: `${count}`, [`KEY_${count}`]: "1" });
      await vars.change("blog", { set: {}, remove: [`KEY_${count}`] });
    }
    const names = Array.from({ length: 64 }, (_, at) => [`MANY_${at}`, "1"] as const);
    await set(vars, "shop", Object.fromEntries(names));
    await vars.removeAll("shop");
    await watcher.settle();
    expect(watcher.names()).toEqual([]);
  });

  test("is not told while somebody else changes another app", async () => {
    const { vars } = open("beside");
    const watcher = watcherOf(vars, consul, "beside");
    await Promise.all(
      Array.from({ length: 20 }, async (_, count) => {
        await set(vars, "blog", { [`KEY_${count}`]: "1" });
        await consul.set("beside/shop/A", `${count}`);
      }),
    );
    await watcher.settle();
    expect(watcher.names()).toContain("shop");
    expect(watcher.names()).not.toContain("blog");
  });

  test("is not told while its answer is still on its way", async () => {
    const { promise: answered, resolve: letAnswer } = deferred<void>();
    const address = await consulBehind(consul, {
      after: async (path) => {
        if (path === "/v1/txn") {
          await answered;
        }
      },
    });
    const { vars } = open("slow", { address });
    const watcher = watcherOf(vars, consul, "slow");
    await watcher.settle();
    const changed = set(vars, "blog", { A: "1" });
    const told = () => watcher.names()[0] ?? null;
    await soon(() => consul.get("slow/blog/A")).toBe("1");
    expect(await waitFor(told, { timeoutMs: 300 })).toBeNull();
    letAnswer(undefined);
    await changed;
    await watcher.settle();
    expect(watcher.names()).toEqual([]);
  });

  test("is remembered when it comes while somebody else's is being rolled out", async () => {
    const { vars } = open("after");
    const told = tellingsOf(vars);
    await consul.set("after/blog/A", "theirs");
    const theirs = await told.next();
    expect(theirs.app).toBe("blog");
    await set(vars, "blog", { A: "ours" });
    theirs.followed();
    await consul.set("after/shop/A", "1");
    expect((await told.next()).app).toBe("shop");
    await consul.set("after/wiki/A", "1");
    expect((await told.next()).app).toBe("wiki");
  });

  test("hides nothing that came between its reading and its writing", async () => {
    const address = await consulBehind(consul, {
      before: async (path) => {
        if (path === "/v1/txn") {
          await consul.set("between/blog/THEIRS", "1");
        }
      },
    });
    const { vars } = open("between", { address });
    const watcher = watcherOf(vars, consul, "between");
    const { vars: after, changed } = await set(vars, "blog", { OURS: "1" });
    expect(after).toEqual({ OURS: "1", THEIRS: "1" });
    expect(changed).toEqual(["OURS"]);
    await watcher.expectTold("blog");
  });

  test("hides nothing that was there before it and not told yet", async () => {
    const { vars } = open("before");
    await consul.set("before/blog/THEIRS", "1");
    await set(vars, "blog", { OURS: "1" });
    await watcherOf(vars, consul, "before").expectTold("blog");
  });

  test("is told when its answer was lost, since nobody rolled it out", async () => {
    const address = await consulBehind(consul, { loses: (path) => path === "/v1/txn" });
    const { vars } = open("lossy", { address });
    const watcher = watcherOf(vars, consul, "lossy");
    await watcher.settle();
    await expect(set(vars, "blog", { A: "1" })).rejects.toMatchObject({
      code: "unavailable",
      message: expect.stringContaining("socket hang up"),
    });
    await watcher.expectTold("blog");
  });
});

describe("a restart of Goku", () => {
  test("tells what others changed meanwhile, and nothing of its own", async () => {
    const { ownWrites } = emptyStore();
    const first = open("restart", { ownWrites }).vars;
    const before = watcherOf(first, consul, "restart");
    await set(first, "blog", { A: "1" });
    await set(first, "shop", { A: "1", B: "2" });
    await set(first, "wiki", { A: "1" });
    await consul.set("restart/feed/A", "1");
    await before.expectTold("feed");
    await before.settle();
    await before.stop();

    await consul.set("restart/blog/A", "2");
    await consul.remove("restart/shop/B");
    const after = watcherOf(open("restart", { ownWrites }).vars, consul, "restart");
    await after.settle();
    expect(after.names().sort()).toEqual(["blog", "shop"]);
    await after.stop();

    const again = watcherOf(open("restart", { ownWrites }).vars, consul, "restart");
    await again.settle();
    expect(again.names()).toEqual([]);
  });

  test("tells again what was told and not followed yet, however much was told after it", async () => {
    const { vars } = open("taken");
    const killed = tellingsOf(vars);
    await consul.set("taken/blog/A", "1");
    expect((await killed.next()).app).toBe("blog");
    await consul.set("taken/shop/A", "1");
    const shop = await killed.next();
    expect(shop.app).toBe("shop");
    shop.followed();
    await consul.set("taken/wiki/A", "1");
    expect((await killed.next()).app).toBe("wiki");
    killed.stop();

    const started = tellingsOf(vars);
    const again = [await started.next(), await started.next()];
    expect(again.map(({ app }) => app)).toEqual(["blog", "wiki"]);
    again.forEach((change) => change.followed());
    started.stop();

    const watcher = watcherOf(vars, consul, "taken");
    await watcher.settle();
    expect(watcher.names()).toEqual([]);
  });

  test("tells again what changed once more before the first change was followed", async () => {
    const { vars } = open("twice");
    const killed = tellingsOf(vars);
    await consul.set("twice/blog/A", "1");
    const first = await killed.next();
    await consul.set("twice/blog/A", "2");
    expect((await killed.next()).app).toBe("blog");
    first.followed();
    killed.stop();
    expect((await tellingsOf(vars).next()).app).toBe("blog");
  });
});

describe("an outage of Consul", () => {
  test("is survived: what changes after it is told, and the log has two lines", async () => {
    const durable = await startConsul({ durable: true });
    onTestFinished(() => durable.stop());
    const { vars, logged } = open("outage", { address: durable.address });
    const watcher = watcherOf(vars, durable, "outage");
    await set(vars, "blog", { A: "1" });
    await set(vars, "shop", { A: "1" });
    await watcher.settle();

    await durable.kill();
    await expect(vars.read("blog")).rejects.toMatchObject({ code: "unavailable" });
    await durable.start();

    await durable.set("outage/blog/A", "2");
    await watcher.expectTold("blog");
    await watcher.settle();
    expect(watcher.names()).toEqual(["blog"]);
    expect(await vars.read("blog")).toEqual({ A: "2" });
    expect(logged.map(levelOf)).toEqual([40, 30]);
  });

  test("with the loss of all its data is a change of every app", async () => {
    const forgetful = await startConsul();
    onTestFinished(() => forgetful.stop());
    const { vars } = open("lost", { address: forgetful.address });
    const watcher = watcherOf(vars, forgetful, "lost");
    for (let count = 0; count < 20; count += 1) {
      await set(vars, "blog", { A: `${count}` });
    }
    await watcher.settle();
    await forgetful.kill();
    await forgetful.start();
    await watcher.expectTold("blog");
    expect(await vars.read("blog")).toEqual({});
    await forgetful.set("lost/blog/A", "1");
    await watcher.expectTold("blog");
  });
});

/** One after the other, until the test is over. */
function tellingsOf(vars: Vars) {
  const abort = new AbortController();
  const stop = () => abort.abort();
  onTestFinished(stop);
  const changes = vars.watch(abort.signal)[Symbol.asyncIterator]();
  return {
    async next(): Promise<ForeignChange> {
      const result = await changes.next();
      if (result.done === true) {
        throw new Error("watching has ended");
      }
      return result.value;
    },
    stop,
  };
}

function levelOf(line: string): unknown {
  const entry: unknown = JSON.parse(line);
  return typeof entry === "object" && entry !== null && "level" in entry ? entry.level : null;
}
