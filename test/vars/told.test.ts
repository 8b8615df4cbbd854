import { describe, expect, test } from "vitest";
import { createTold } from "../../src/vars/told.ts";
import { emptyStore } from "../store/open.ts";

function open(known: Readonly<Record<string, number>>) {
  const { ownWrites } = emptyStore();
  ownWrites.record("blog", new Map(Object.entries(known)));
  const told = createTold(ownWrites);
  return {
    told,
    ownWrites,
    tell: (found: Readonly<Record<string, number>>) =>
      told.tell({
        app: "blog",
        known: ownWrites.of("blog"),
        found: new Map(Object.entries(found)),
      }),
  };
}

const asObject = (indexes: ReadonlyMap<string, number>) => Object.fromEntries(indexes);

describe("what was told", () => {
  test("is no news from then on, and written down once it is followed", () => {
    const { told, ownWrites, tell } = open({ SAME: 1, OTHER: 2, GONE: 3 });
    const after = { SAME: 1, OTHER: 5, NEW: 6 };
    const change = tell(after);
    expect(asObject(told.of("blog"))).toEqual(after);
    expect(asObject(ownWrites.of("blog"))).toEqual({ SAME: 1, OTHER: 2, GONE: 3 });
    change.followed();
    expect(asObject(ownWrites.of("blog"))).toEqual(after);
    expect(asObject(told.of("blog"))).toEqual(after);
  });

  test("of an app that this Goku never wrote is there as well", () => {
    const { told } = open({});
    told.tell({ app: "shop", known: new Map(), found: new Map([["A", 1]]) });
    expect([...told.all().keys()]).toEqual(["shop"]);
  });

  test("covers nothing that this Goku wrote since, followed or not", () => {
    const { told, ownWrites, tell } = open({ A: 1, B: 2, C: 3 });
    const change = tell({ A: 5, B: 5 });
    ownWrites.record("blog", new Map<string, number | null>([["A", 7]]));
    expect(asObject(told.of("blog"))).toEqual({ A: 7, B: 5 });
    change.followed();
    expect(asObject(ownWrites.of("blog"))).toEqual({ A: 7, B: 5 });
  });

  test("is written down with the newest alone, which has it all", () => {
    const { ownWrites, tell } = open({});
    const first = tell({ A: 1 });
    const second = tell({ A: 1, B: 2 });
    first.followed();
    expect(asObject(ownWrites.of("blog"))).toEqual({});
    second.followed();
    expect(asObject(ownWrites.of("blog"))).toEqual({ A: 1, B: 2 });
  });

  test("keeps its newest where it was told again after it was followed", () => {
    const { ownWrites, tell } = open({});
    const first = tell({ A: 1 });
    first.followed();
    tell({ A: 2 });
    first.followed();
    expect(asObject(ownWrites.of("blog"))).toEqual({ A: 1 });
  });
});
