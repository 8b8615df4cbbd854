import { afterEach, describe, expect, it, vi } from "vitest";
import type { Namespace } from "../../../src/engine/namespace/namespaces.ts";
import { createPool } from "../../../src/engine/namespace/pool.ts";
import { type Deferred, deferred } from "../../../src/system/deferred.ts";
import { silentLog } from "../../support/silent-log.ts";
import { soon } from "../../support/soon.ts";

const namespace = (id: string): Namespace => ({
  id,
  name: id,
  address: "10.0.0.2",
  generic: true,
  linked: false,
});

function makers() {
  const asked: Deferred<Namespace>[] = [];
  const removed: string[] = [];
  const make = () => {
    const next = deferred<Namespace>();
    asked.push(next);
    return next.promise;
  };
  return {
    asked,
    make,
    removed,
    remove: async ({ id }: Namespace) => void removed.push(id),
    give: async (id: string) => {
      await soon(() => asked.length).toBeGreaterThan(0);
      asked.shift()?.resolve(namespace(id));
    },
    fail: async () => {
      await soon(() => asked.length).toBeGreaterThan(0);
      asked.shift()?.reject(new Error("no room"));
    },
  };
}

it("is filled one by one, and hands out the oldest", async () => {
  const { asked, make, give, remove } = makers();
  const pool = createPool({ spares: 2, reused: 2 }, make, remove, silentLog());
  const filled = pool.fill();
  expect(asked).toHaveLength(1);
  await give("a");
  await give("b");
  await filled;
  expect((await pool.take("blog-main"))?.id).toBe("a");
  expect((await pool.take("blog-main"))?.id).toBe("b");
  expect(await pool.take("blog-main")).toBeNull();
  await pool.close();
});

it("lets one wait for the spare that is being made", async () => {
  const { make, give, remove } = makers();
  const pool = createPool({ spares: 1, reused: 2 }, make, remove, silentLog());
  const filled = pool.fill();
  const waiting = pool.take("blog-main");
  expect(await pool.take("blog-main")).toBeNull();
  await give("a");
  expect((await waiting)?.id).toBe("a");
  await give("b");
  await filled;
  expect(pool.spares().map(({ id }) => id)).toEqual(["b"]);
  await pool.close();
});

it("sends away who waits when none can be made", async () => {
  const { make, fail, remove } = makers();
  const pool = createPool({ spares: 1, reused: 2 }, make, remove, silentLog());
  const filled = pool.fill();
  const waiting = pool.take("blog-main");
  await fail();
  await expect(filled).rejects.toThrow("no room");
  expect(await waiting).toBeNull();
  await pool.close();
});

it("forgets a spare that died", async () => {
  const { make, give, remove } = makers();
  const pool = createPool({ spares: 1, reused: 2 }, make, remove, silentLog());
  const filled = pool.fill();
  await give("a");
  await filled;
  expect(pool.drop("other")).toBeNull();
  expect(pool.drop("a")?.id).toBe("a");
  expect(pool.spares()).toEqual([]);
  await pool.close();
});

describe("one whose replica is gone", () => {
  const minuteMs = 60_000;

  afterEach(() => {
    vi.useRealTimers();
  });

  function filled() {
    vi.useFakeTimers();
    const { make, removed, remove } = makers();
    const pool = createPool({ spares: 0, reused: 2 }, make, remove, silentLog());
    return { pool, removed };
  }

  it("rests for a minute, until nothing of what it closed is in the way, and is taken before a spare", async () => {
    const { pool } = filled();
    pool.adopt([namespace("spare")]);
    expect(pool.takeBack(namespace("used"), "blog-main")).toBe(true);
    vi.advanceTimersByTime(minuteMs);
    expect((await pool.take("blog-main"))?.id).toBe("spare");
    expect(await pool.take("blog-main")).toBeNull();
    pool.adopt([namespace("spare 2")]);
    vi.advanceTimersByTime(minuteMs / 10);
    expect((await pool.take("blog-main"))?.id).toBe("used");
    expect((await pool.take("blog-main"))?.id).toBe("spare 2");
  });

  it("is never another app's", async () => {
    const { pool } = filled();
    pool.takeBack(namespace("shop's"), "shop-main");
    pool.takeBack(namespace("blog's"), "blog-main");
    vi.advanceTimersByTime(1.1 * minuteMs);
    expect((await pool.take("blog-main"))?.id).toBe("blog's");
    expect(await pool.take("blog-main")).toBeNull();
    expect((await pool.take("shop-main"))?.id).toBe("shop's");
  });

  it("goes when nobody needs it for another minute, and only then", () => {
    const { pool, removed } = filled();
    pool.takeBack(namespace("a"), "blog-main");
    vi.advanceTimersByTime(2 * minuteMs);
    expect(pool.spares().map(({ id }) => id)).toEqual(["a"]);
    expect(removed).toEqual([]);
    vi.advanceTimersByTime(minuteMs / 10);
    expect(pool.spares()).toEqual([]);
    expect(removed).toEqual(["a"]);
  });

  it("is not taken back where there are enough, and stays with whoever took it", async () => {
    const { pool, removed } = filled();
    expect(["a", "b", "c"].map((id) => pool.takeBack(namespace(id), "blog-main"))).toEqual([
      true,
      true,
      false,
    ]);
    vi.advanceTimersByTime(1.1 * minuteMs);
    expect((await pool.take("blog-main"))?.id).toBe("a");
    expect(pool.takeBack(namespace("c"), "blog-main")).toBe(true);
    vi.advanceTimersByTime(minuteMs);
    expect(removed).toEqual(["b"]);
    vi.advanceTimersByTime(10 * minuteMs);
    expect(removed).toEqual(["b", "c"]);
  });

  it("is forgotten when it died, and left alone when Goku ends", async () => {
    const { pool, removed } = filled();
    pool.takeBack(namespace("dead"), "blog-main");
    pool.takeBack(namespace("alive"), "blog-main");
    expect(pool.drop("dead")?.id).toBe("dead");
    await pool.close();
    expect(pool.takeBack(namespace("late"), "blog-main")).toBe(false);
    vi.advanceTimersByTime(10 * minuteMs);
    expect(removed).toEqual([]);
  });
});
