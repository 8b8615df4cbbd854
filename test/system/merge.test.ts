import { describe, expect, it } from "vitest";
import { deferred } from "../../src/system/deferred.ts";
import { merge } from "../../src/system/merge.ts";

async function* of<T>(...items: T[]): AsyncGenerator<T> {
  yield* items;
}

async function all<T>(items: AsyncIterable<T>): Promise<T[]> {
  const found: T[] = [];
  for await (const item of items) {
    found.push(item);
  }
  return found;
}

describe("merge", () => {
  it("has all items of all sources", async () => {
    const items = await all(merge(of(of(1, 2), of<number>(), of(3))));
    expect(new Set(items)).toEqual(new Set([1, 2, 3]));
    expect(await all(merge(of<AsyncIterable<number>>()))).toEqual([]);
  });

  it("takes sources that arrive while others wait", async () => {
    const late = deferred<void>();
    const quiet = deferred<void>();
    async function* waiting() {
      await quiet.promise;
      yield "first source";
    }
    async function* sources() {
      yield waiting();
      await late.promise;
      yield of("late source");
    }
    const merged = merge(sources());
    late.resolve();
    expect((await merged.next()).value).toBe("late source");
    quiet.resolve();
    expect(await all(merged)).toEqual(["first source"]);
  });

  it("fails when one fails", async () => {
    async function* failing(): AsyncGenerator<number> {
      yield 1;
      throw new Error("it broke");
    }
    await expect(all(merge(of(failing(), of(2, 3))))).rejects.toThrow("it broke");
  });

  it("fails at once where the others are silent, and no more arrive", async () => {
    const never = deferred<void>();
    async function* silent(): AsyncGenerator<number> {
      await never.promise;
      yield 1;
    }
    async function* failing(): AsyncGenerator<number> {
      yield 2;
      throw new Error("it broke");
    }
    async function* sources() {
      yield silent();
      yield failing();
      await never.promise;
    }
    await expect(all(merge(sources()))).rejects.toThrow("it broke");
  });

  it("closes its sources when nobody reads on", async () => {
    const closed: string[] = [];
    async function* open(name: string) {
      try {
        for (;;) {
          yield name;
        }
      } finally {
        closed.push(name);
      }
    }
    const merged = merge(of(open("one"), open("two")));
    const seen = [];
    while (seen.length < 5) {
      seen.push((await merged.next()).value);
    }
    // One that always has something does not silence the other.
    expect(new Set(seen).size).toBe(2);
    await merged.return(undefined);
    await expect.poll(() => closed.toSorted()).toEqual(["one", "two"]);
  });
});
