import { expect, it } from "vitest";
import type { Namespace } from "../../../src/engine/namespace/namespaces.ts";
import { createPool } from "../../../src/engine/namespace/pool.ts";
import { type Deferred, deferred } from "../../../src/system/deferred.ts";
import { silentLog } from "../../../src/system/log.ts";

function makers() {
  const asked: Deferred<Namespace>[] = [];
  const make = () => {
    const next = deferred<Namespace>();
    asked.push(next);
    return next.promise;
  };
  const namespace = (id: string) => ({ id, name: id, address: "10.0.0.2", linked: false });
  return {
    asked,
    make,
    give: async (id: string) => {
      await expect.poll(() => asked.length).toBeGreaterThan(0);
      asked.shift()?.resolve(namespace(id));
    },
    fail: async () => {
      await expect.poll(() => asked.length).toBeGreaterThan(0);
      asked.shift()?.reject(new Error("no room"));
    },
  };
}

it("is filled one by one, and hands out the oldest", async () => {
  const { asked, make, give } = makers();
  const pool = createPool(2, make, silentLog());
  const filled = pool.fill();
  expect(asked).toHaveLength(1);
  await give("a");
  await give("b");
  await filled;
  expect((await pool.take())?.id).toBe("a");
  expect((await pool.take())?.id).toBe("b");
  expect(await pool.take()).toBeNull();
  await pool.close();
});

it("lets one wait for the spare that is being made", async () => {
  const { make, give } = makers();
  const pool = createPool(1, make, silentLog());
  const filled = pool.fill();
  const waiting = pool.take();
  expect(await pool.take()).toBeNull();
  await give("a");
  expect((await waiting)?.id).toBe("a");
  await give("b");
  await filled;
  expect(pool.spares().map(({ id }) => id)).toEqual(["b"]);
  await pool.close();
});

it("sends away who waits when none can be made", async () => {
  const { make, fail } = makers();
  const pool = createPool(1, make, silentLog());
  const filled = pool.fill();
  const waiting = pool.take();
  await fail();
  await expect(filled).rejects.toThrow("no room");
  expect(await waiting).toBeNull();
  await pool.close();
});

it("forgets a spare that died", async () => {
  const { make, give } = makers();
  const pool = createPool(1, make, silentLog());
  const filled = pool.fill();
  await give("a");
  await filled;
  expect(pool.drop("other")).toBeNull();
  expect(pool.drop("a")?.id).toBe("a");
  expect(pool.spares()).toEqual([]);
  await pool.close();
});
