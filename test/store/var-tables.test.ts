import { expect, test } from "vitest";
import { emptyStore } from "./open.ts";

test("own writes are kept by app and key, and forgotten with null", () => {
  const { ownWrites } = emptyStore();
  ownWrites.record(
    "blog",
    new Map([
      ["A", 1],
      ["B", 2],
    ]),
  );
  ownWrites.record("shop", new Map([["A", 3]]));
  ownWrites.record(
    "blog",
    new Map<string, number | null>([
      ["A", null],
      ["B", 5],
    ]),
  );
  expect(ownWrites.of("blog")).toEqual(new Map([["B", 5]]));
  expect(ownWrites.of("nobody")).toEqual(new Map());
  expect(ownWrites.all()).toEqual(
    new Map([
      ["blog", new Map([["B", 5]])],
      ["shop", new Map([["A", 3]])],
    ]),
  );
});

test("embedded vars are written and removed together", () => {
  const { embeddedVars } = emptyStore();
  embeddedVars.write("blog", { set: { A: "1", B: "2" }, remove: [] });
  embeddedVars.write("blog", { set: { A: "" }, remove: ["B", "C"] });
  embeddedVars.write("shop", { set: { A: "3" }, remove: [] });
  expect(embeddedVars.read("blog")).toEqual(new Map([["A", ""]]));
  expect(embeddedVars.apps()).toEqual(["blog", "shop"]);
  embeddedVars.removeAll("blog");
  expect(embeddedVars.read("blog")).toEqual(new Map());
  expect(embeddedVars.apps()).toEqual(["shop"]);
});
