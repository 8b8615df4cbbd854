import type { Database } from "better-sqlite3";
import type { Event, Events } from "../store-ports.ts";
import { visible } from "../visible.ts";
import { type Row, rowsOf, text, textOrNull } from "./row.ts";

/** Older events are forgotten. */
export const maxEvents = 10_000;

/** Characters of a detail. The end is kept as well: it says how a call ended. */
export const detailStart = 400;
export const detailEnd = 100;

export function eventsIn(db: Database, keep: number = maxEvents): Events {
  const insert = db.prepare(
    "INSERT INTO events (at, app, who, what, detail) VALUES (?, ?, ?, ?, ?)",
  );
  const forget = db.prepare("DELETE FROM events WHERE id <= ?");
  const ofAll = db.prepare("SELECT * FROM events ORDER BY id DESC LIMIT ?");
  const ofApp = db.prepare("SELECT * FROM events WHERE app = ? ORDER BY id DESC LIMIT ?");

  const add = db.transaction((event: Omit<Event, "at">) => {
    const { app, who, what } = event;
    const detail = visible(shortened(event.detail));
    const { lastInsertRowid } = insert.run(new Date().toISOString(), app, who, what, detail);
    // Ids have no gaps, since only the oldest are ever deleted.
    forget.run(Number(lastInsertRowid) - keep);
  });

  return {
    add: (event) => add(event),
    list: (app, limit) =>
      rowsOf(app === null ? ofAll.all(limit) : ofApp.all(app, limit)).map(eventOf),
  };
}

function shortened(detail: string): string {
  return detail.length > detailStart + detailEnd
    ? `${detail.slice(0, detailStart)} ... ${detail.slice(-detailEnd)}`
    : detail;
}

function eventOf(row: Row): Event {
  return {
    at: text(row, "at"),
    app: textOrNull(row, "app"),
    who: text(row, "who"),
    what: text(row, "what"),
    detail: text(row, "detail"),
  };
}
