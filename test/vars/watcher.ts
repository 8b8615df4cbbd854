import { expect, onTestFinished } from "vitest";
import type { Vars } from "../../src/ports.ts";
import { waitFor } from "../../src/system/wait.ts";
import type { TestConsul } from "../support/consul.ts";

export interface Watcher {
  /** Names told so far, without those of fences. */
  names(): string[];
  /** Resolves when the app was told, since the last time it was asked for. */
  expectTold(app: string): Promise<void>;
  /** Resolves when everything that happened before was looked at. */
  settle(): Promise<void>;
  stop(): Promise<void>;
}

let fences = 0;

/** Watches until the test is over, and follows at once. */
export function watcherOf(vars: Vars, consul: TestConsul, prefix: string): Watcher {
  const told: string[] = [];
  const abort = new AbortController();
  const over = (async () => {
    for await (const change of vars.watch(abort.signal)) {
      told.push(change.app);
      change.followed();
    }
  })();
  const stop = async () => {
    abort.abort();
    await over;
  };
  onTestFinished(stop);

  let seen = 0;
  const expectTold = async (app: string) => {
    const at = await waitFor(() => indexOrNull(told, app, seen), { timeoutMs: 30_000 });
    expect(at, `${app} among ${told.slice(seen).join(", ")}`).not.toBeNull();
    seen = (at ?? seen) + 1;
  };
  const fence = async () => {
    const app = `fence-${(fences += 1)}`;
    await consul.set(`${prefix}/${app}/A`, "1");
    await waitFor(() => indexOrNull(told, app, 0), { timeoutMs: 30_000 });
    expect(told).toContain(app);
  };
  return {
    names: () => told.filter((name) => !name.startsWith("fence-")),
    expectTold,
    // The second is told in a later round, and so after all that the first round found.
    async settle() {
      await fence();
      await fence();
    },
    stop,
  };
}

function indexOrNull(names: readonly string[], name: string, from: number): number | null {
  const at = names.indexOf(name, from);
  return at === -1 ? null : at;
}
