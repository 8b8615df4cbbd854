import { describe, expect, it } from "vitest";
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
    expect(await waitFor(look, { timeoutMs: 20, intervalMs: 1 })).toBeNull();
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
});
