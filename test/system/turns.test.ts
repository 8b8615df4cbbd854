import { expect, it } from "vitest";
import { deferred } from "../../src/system/deferred.ts";
import { createTurns, oneAtATime } from "../../src/system/turns.ts";

it("takes turns by key, whatever becomes of the one before", async () => {
  const inTurn = createTurns();
  const order: string[] = [];
  const gate = deferred<void>();
  const first = inTurn("a", async () => {
    await gate.promise;
    order.push("first");
    throw new Error("failed");
  });
  const second = inTurn("a", async () => order.push("second"));
  await inTurn("b", async () => order.push("other"));
  gate.resolve();
  await expect(first).rejects.toThrow("failed");
  await second;
  expect(order).toEqual(["other", "first", "second"]);
});

it("does one after the other where there is one key for all", async () => {
  const inTurn = oneAtATime();
  const order: string[] = [];
  const gate = deferred<void>();
  const first = inTurn(async () => {
    await gate.promise;
    order.push("first");
  });
  const second = inTurn(async () => order.push("second"));
  gate.resolve();
  await Promise.all([second, first]);
  expect(order).toEqual(["first", "second"]);
});
