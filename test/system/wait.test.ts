import { describe, expect, it } from "vitest";
import { waitFor } from "../../src/system/wait.ts";

describe("waitFor", () => {
  it("looks until there is an answer, false included", async () => {
    const answers = [null, null, false];
    const look = () => answers.shift() ?? false;
    expect(await waitFor(look, { timeoutMs: 5_000, intervalMs: 1 })).toBe(false);
  });

  it("answers null when the time is over", async () => {
    expect(await waitFor(() => null, { timeoutMs: 20, intervalMs: 1 })).toBeNull();
  });

  it("aborted in a pause throws the signal's own reason", async () => {
    const controller = new AbortController();
    const reason = new Error("somebody cancelled it");
    const look = () => {
      setImmediate(() => controller.abort(reason));
      return null;
    };
    const { signal } = controller;
    const waiting = waitFor(look, { timeoutMs: 60_000, intervalMs: 30_000, signal });
    await expect(waiting).rejects.toBe(reason);
  });

  it("passes on what a look throws", async () => {
    const look = () => {
      throw new Error("blind");
    };
    await expect(waitFor(look, { timeoutMs: 1_000 })).rejects.toThrow("blind");
  });
});
