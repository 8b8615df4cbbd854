import { statSync } from "node:fs";
import { expect, test } from "vitest";
import { openStore } from "../../src/store/store.ts";
import { databasePath, emptyStore } from "./open.ts";

const addresses = ["10.213.0.2", "10.213.0.3"];

test("each holder gets the lowest address that is free", () => {
  const { leases } = emptyStore();
  expect(leases.lease(addresses, "blog-main-1")).toBe("10.213.0.2");
  expect(leases.lease(addresses, "blog-main-2")).toBe("10.213.0.3");
  expect(leases.lease(addresses, "blog-main-3")).toBeNull();
  expect(leases.all()).toEqual([
    { address: "10.213.0.2", holder: "blog-main-1", app: null },
    { address: "10.213.0.3", holder: "blog-main-2", app: null },
  ]);
});

test("an address that was given back is free again, twice given back is no error", () => {
  const { leases } = emptyStore();
  leases.lease(addresses, "one");
  leases.lease(addresses, "two");
  leases.release("10.213.0.2");
  leases.release("10.213.0.2");
  expect(leases.lease(addresses, "three")).toBe("10.213.0.2");
});

test("an address is known by the last app that was reached there, until it is given back", () => {
  const { leases } = emptyStore();
  leases.lease(addresses, "one");
  leases.settle("10.213.0.2", "shop-main");
  leases.settle("10.213.0.2", "blog-main");
  expect(leases.all()).toEqual([{ address: "10.213.0.2", holder: "one", app: "blog-main" }]);
  leases.release("10.213.0.2");
  leases.lease(addresses, "two");
  expect(leases.all()).toEqual([{ address: "10.213.0.2", holder: "two", app: null }]);
});

test("to say again which app an address has writes nothing, so that it needs no room on the disk", () => {
  const path = databasePath();
  const store = openStore(path);
  const { leases } = store;
  const written = () => statSync(`${path}-wal`).size;
  leases.lease(addresses, "one");
  leases.settle("10.213.0.2", "blog-main");
  const before = written();
  leases.settle("10.213.0.2", "blog-main");
  expect(written()).toBe(before);
  leases.settle("10.213.0.2", "shop-main");
  expect(written()).toBeGreaterThan(before);
  store.close();
});

test("no more candidates are looked at than it takes", () => {
  const { leases } = emptyStore();
  const endless = (function* count() {
    for (let last = 2; ; last += 1) {
      yield `10.213.0.${last}`;
    }
  })();
  expect(leases.lease(endless, "one")).toBe("10.213.0.2");
});
