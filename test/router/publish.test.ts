import { describe, expect, it } from "vitest";
import { createPublish, type Switch } from "../../src/router/publish.ts";
import type { VhostChange } from "../../src/router/vhosts.ts";
import { silentLog } from "../../src/system/log.ts";

const change = (app: string, text = app): VhostChange => ({ app, text, file: null });

/** Writes down what it is asked for, and fails for apps called `bad`. The first call waits for `open`. */
function recorder() {
  const calls: string[][] = [];
  let open: () => void = () => undefined;
  const gate = new Promise<void>((resolve) => (open = resolve));
  const apply: Switch = async (changes, onServing) => {
    calls.push(changes.map(({ text }) => text ?? ""));
    if (calls.length === 1) {
      await gate;
    }
    if (changes.some(({ app }) => app === "bad")) {
      throw new Error("refused");
    }
    onServing();
  };
  return { calls, open: () => open(), publish: createPublish(apply, silentLog()) };
}

describe("publishing", () => {
  it("does one switch at a time, and all that came meanwhile in the next", async () => {
    const { calls, open, publish } = recorder();

    const all = [
      publish([change("a")]),
      publish([change("b")]),
      publish([change("c"), change("d")]),
    ];
    open();
    await Promise.all(all);

    expect(calls).toEqual([["a"], ["b", "c", "d"]]);
  });

  it("lets the last word about an app count", async () => {
    const { calls, open, publish } = recorder();

    const all = [publish([]), publish([change("a", "old")]), publish([change("a", "new")])];
    open();
    await Promise.all(all);

    expect(calls).toEqual([[], ["new"]]);
  });

  it("tries each alone when together they fail, and only the bad one fails", async () => {
    const { calls, open, publish } = recorder();
    const told: string[] = [];

    const first = publish([change("a")]);
    const rest = Promise.allSettled([
      publish([change("b")], () => told.push("b")),
      publish([change("bad")], () => told.push("bad")),
      publish([change("c")], () => told.push("c")),
    ]);
    open();
    await first;

    expect((await rest).map(({ status }) => status)).toEqual([
      "fulfilled",
      "rejected",
      "fulfilled",
    ]);
    expect(calls).toEqual([["a"], ["b", "bad", "c"], ["b"], ["bad"], ["c"]]);
    expect(told).toEqual(["b", "c"]);
  });

  it("goes on after a failure", async () => {
    const { open, publish } = recorder();
    open();

    await expect(publish([change("bad")])).rejects.toThrow("refused");
    await expect(publish([change("a")])).resolves.toBeUndefined();
  });

  it("is not failed by its listener", async () => {
    const { open, publish } = recorder();
    open();
    const listener = () => {
      throw new Error("the listener's own");
    };

    await expect(publish([change("a")], listener)).resolves.toBeUndefined();
  });
});
