import { describe, expect, it } from "vitest";
import { createPublish, type Switch } from "../../src/router/publish.ts";
import type { VhostChange } from "../../src/router/vhosts.ts";
import { silentLog } from "../support/silent-log.ts";

const change = (app: string, text = app): VhostChange => ({ app, text, file: null });

/** Writes down what it is asked for, and fails for apps called `bad`. The first call waits for `open`. */
function recorder(ripe = async () => undefined) {
  const calls: string[][] = [];
  let open: () => void = () => undefined;
  const gate = new Promise<void>((resolve) => (open = resolve));
  let begin: () => void = () => undefined;
  const begun = new Promise<void>((resolve) => (begin = resolve));
  const apply: Switch = async (changes, onServing) => {
    calls.push(changes.map(({ text }) => text ?? ""));
    begin();
    if (calls.length === 1) {
      await gate;
    }
    if (changes.some(({ app }) => app === "bad")) {
      throw new Error("refused");
    }
    onServing();
  };
  return { calls, begun, open: () => open(), publish: createPublish(apply, ripe, silentLog()) };
}

describe("publishing", () => {
  it("does one switch at a time, and all that came meanwhile in the next", async () => {
    const { calls, begun, open, publish } = recorder();

    const first = publish([change("a")]);
    await begun;
    const all = [first, publish([change("b")]), publish([change("c"), change("d")])];
    open();
    await Promise.all(all);

    expect(calls).toEqual([["a"], ["b", "c", "d"]]);
  });

  it("takes along what comes before the time for a switch has", async () => {
    let ripen: () => void = () => undefined;
    const { calls, open, publish } = recorder(
      () => new Promise((resolve) => (ripen = () => resolve(undefined))),
    );
    open();

    const all = [publish([change("a")]), publish([change("b")])];
    expect(calls).toEqual([]);
    ripen();
    await Promise.all(all);

    expect(calls).toEqual([["a", "b"]]);
  });

  it("lets the last word about an app count", async () => {
    const { calls, begun, open, publish } = recorder();

    const first = publish([]);
    await begun;
    const all = [first, publish([change("a", "old")]), publish([change("a", "new")])];
    open();
    await Promise.all(all);

    expect(calls).toEqual([[], ["new"]]);
  });

  it("tries each alone when together they fail, and only the bad one fails", async () => {
    const { calls, begun, open, publish } = recorder();
    const told: string[] = [];

    const first = publish([change("a")]);
    await begun;
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
