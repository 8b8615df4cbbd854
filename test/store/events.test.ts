import { expect, test } from "vitest";
import BetterSqlite from "better-sqlite3";
import { eventsIn, maxEvents } from "../../src/store/events.ts";
import { migrate } from "../../src/store/migrations.ts";
import { emptyStore } from "./open.ts";

const event = { app: "blog-main", who: "laptop", what: "publish", detail: "v1" };

test("the newest come first, of one app or of all", () => {
  const { events } = emptyStore();
  events.add(event);
  events.add({ ...event, app: null, detail: "started" });
  events.add({ ...event, app: "blog-dev", detail: "v2" });
  expect(events.list(null, 10).map(({ detail }) => detail)).toEqual(["v2", "started", "v1"]);
  expect(events.list(null, 1)).toHaveLength(1);
  expect(events.list("blog-main", 10)).toMatchObject([event]);
  expect(Date.parse(events.list(null, 1)[0]?.at ?? "")).toBeGreaterThan(0);
});

test("only the newest are kept", () => {
  const db = new BetterSqlite(":memory:");
  migrate(db);
  const events = eventsIn(db, 3);
  for (let count = 1; count <= 10; count += 1) {
    events.add({ ...event, detail: `v${count}` });
  }
  expect(events.list(null, 100).map(({ detail }) => detail)).toEqual(["v10", "v9", "v8"]);
  expect(maxEvents).toBe(10_000);
});

test("what somebody chose to say stays short, and can neither hide nor command", () => {
  const { events } = emptyStore();
  events.add({ ...event, detail: `\u001B[2J\n${"x".repeat(3_900_000)} (refused)` });
  const [kept] = events.list(null, 1);
  expect(kept?.detail.length).toBeLessThan(600);
  expect(kept?.detail).toMatch(/^\\u001b\[2J\\u000ax+ \.\.\. x+ \(refused\)$/);
});
