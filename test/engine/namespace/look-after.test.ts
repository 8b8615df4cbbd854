import { expect, it } from "vitest";
import type { Listed } from "../../../src/engine/container-list.ts";
import { createLookAfter } from "../../../src/engine/namespace/look-after.ts";
import { createLog } from "../../../src/system/log.ts";
import { soon } from "../../support/soon.ts";

const log = createLog("silent");

/** Replicas that run, each in a namespace of its own. */
function running(count: number): Listed[] {
  return Array.from({ length: count }, (_, at) => [
    listed(`namespace-${at}`, { "goku.role": "namespace" }, null),
    listed(`replica-${at}`, { "goku.app": `app-${at}`, "goku.release": "1" }, `namespace-${at}`),
  ]).flat();
}

function listed(id: string, labels: Record<string, string>, joins: string | null): Listed {
  return {
    id,
    name: id,
    labels,
    image: "sha256:0",
    state: "running",
    exitStatus: null,
    running: true,
    restarting: false,
    createdAt: "2026-01-01T00:00:00.000Z",
    joins,
    address: null,
    networks: [],
    networkIds: [],
    writes: [],
  };
}

function looking(work: () => Promise<void> = async () => undefined) {
  const seen: string[] = [];
  let now = 0;
  let most = 0;
  const lookAfter = createLookAfter(async (id) => {
    seen.push(id);
    now += 1;
    most = Math.max(most, now);
    try {
      await Promise.resolve();
      await work();
    } finally {
      now -= 1;
    }
  }, log);
  return { lookAfter, seen, most: () => most };
}

it("looks at every replica once, few at a time, and then at some of them again", async () => {
  const { lookAfter, seen, most } = looking();
  lookAfter.begin(running(200));
  await soon(() => seen.length).toBe(200);
  expect(new Set(seen).size).toBe(200);
  expect(most()).toBeLessThanOrEqual(4);

  lookAfter.begin(running(200));
  await soon(() => seen.length).toBe(250);
  lookAfter.begin(running(200));
  await soon(() => seen.length).toBe(300);
  // Others than the first time: all have their turn in the end.
  expect(new Set(seen.slice(200)).size).toBe(100);
  await lookAfter.close();
});

it("looks at all again after Docker was away, and at what comes new", async () => {
  const { lookAfter, seen } = looking();
  lookAfter.begin(running(100));
  await soon(() => seen.length).toBe(100);
  lookAfter.forget();
  lookAfter.begin(running(120));
  await soon(() => seen.length).toBe(220);
  await lookAfter.close();
});

it("looks again at what could not be looked after", async () => {
  let fails = true;
  const { lookAfter, seen } = looking(async () => {
    if (fails) {
      throw new Error("Docker did not answer");
    }
  });
  lookAfter.begin(running(60));
  await soon(() => seen.length).toBe(60);
  fails = false;
  lookAfter.begin(running(60));
  await soon(() => seen.length).toBe(120);
  await lookAfter.close();
});

it("stops looking when Goku does", async () => {
  const { lookAfter, seen } = looking();
  lookAfter.begin(running(500));
  await lookAfter.close();
  expect(seen.length).toBeLessThan(500);
});
