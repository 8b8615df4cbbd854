import { expect, it } from "vitest";
import { allEnded } from "../../src/system/all-ended.ts";
import { deferred } from "../../src/system/deferred.ts";

it("fails with the first of the list that failed, once the others have ended", async () => {
  const slow = deferred<void>();
  const order: string[] = [];
  const other = slow.promise.then(() => order.push("other"));
  const failed = Promise.reject(new Error("no room"));
  const all = allEnded([other, failed, Promise.reject(new Error("nor there"))]);
  const told = all.catch(() => order.push("told"));
  await Promise.allSettled([failed]);
  slow.resolve();
  await told;
  expect(order).toEqual(["other", "told"]);
  await expect(all).rejects.toThrow("no room");
});
