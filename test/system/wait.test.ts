import { getEventListeners } from "node:events";
import { setImmediate, setTimeout as delay } from "node:timers/promises";
import { describe, expect, it, onTestFinished } from "vitest";
import { deferred } from "../../src/system/deferred.ts";
import { waitFor } from "../../src/system/wait.ts";

describe("waiting for a condition", () => {
  it("looks at once", async () => {
    expect(await waitFor(() => "there", { timeoutMs: 0 })).toBe("there");
  });

  it("looks again until there is an answer", async () => {
    let looks = 0;
    const look = () => (++looks === 4 ? looks : null);
    expect(await waitFor(look, { timeoutMs: 5_000, intervalMs: 1 })).toBe(4);
  });

  it("gives null when the time is over, after a last look", async () => {
    let looks = 0;
    const look = () => {
      looks += 1;
      return null;
    };
    expect(await waitFor(look, { timeoutMs: 200, intervalMs: 1 })).toBeNull();
    expect(looks).toBeGreaterThan(1);
  });

  it("throws the signal's own reason, in the middle of a pause too", async () => {
    const controller = new AbortController();
    const waiting = waitFor(() => null, {
      timeoutMs: 60_000,
      intervalMs: 60_000,
      signal: controller.signal,
    });
    const reason = new Error("superseded");
    controller.abort(reason);
    await expect(waiting).rejects.toBe(reason);
  });

  it("throws what the look throws", async () => {
    const look = () => {
      throw new Error("no");
    };
    await expect(waitFor(look, { timeoutMs: 10 })).rejects.toThrow("no");
  });

  it("gives null when the time is over in the middle of a look", async () => {
    const began = performance.now();
    const look = () => new Promise<null>(() => undefined);
    expect(await waitFor(look, { timeoutMs: 20 })).toBeNull();
    expect(performance.now() - began).toBeLessThan(15_000);
  });

  it("takes the answer of a look that is under way when the time is over", async () => {
    expect(await waitFor(async () => delay(50, "there"), { timeoutMs: 0 })).toBe("there");
  });

  it("throws the signal's own reason in the middle of a look", async () => {
    const controller = new AbortController();
    const look = () => new Promise<null>(() => undefined);
    const waiting = waitFor(look, { timeoutMs: 60_000, signal: controller.signal });
    const reason = new Error("superseded");
    controller.abort(reason);
    await expect(waiting).rejects.toBe(reason);
  });

  it("hears of no failure of a look that nobody waits for any more", async () => {
    const unheard: unknown[] = [];
    const note = (error: unknown) => void unheard.push(error);
    process.on("unhandledRejection", note);
    onTestFinished(() => void process.off("unhandledRejection", note));
    const controller = new AbortController();
    const late = deferred<null>();
    const waiting = waitFor(() => late.promise, { timeoutMs: 60_000, signal: controller.signal });
    controller.abort(new Error("superseded"));
    await expect(waiting).rejects.toThrow("superseded");
    late.reject(new Error("too late"));
    // Node tells of those nobody heard when all that is due at once is done.
    await setImmediate();
    expect(unheard).toEqual([]);
  });

  it("leaves nothing at the signal, however often it looks", async () => {
    const { signal } = new AbortController();
    let looks = 0;
    await waitFor(() => (++looks === 4 ? looks : null), {
      timeoutMs: 5_000,
      intervalMs: 1,
      signal,
    });
    expect(getEventListeners(signal, "abort")).toEqual([]);
  });
});
