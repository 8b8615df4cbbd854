import { constants } from "node:os";
import { writeFile } from "node:fs/promises";
import BetterSqlite from "better-sqlite3";
import { describe, expect, it } from "vitest";
import { asGokuError } from "../../src/web/failure.ts";
import { silentLog } from "../support/silent-log.ts";

const told = (error: unknown) => asGokuError(error, silentLog(), "a test");

/** What this throws or rejects with. */
async function thrownBy(work: () => unknown): Promise<unknown> {
  try {
    await work();
  } catch (error) {
    return error;
  }
  throw new Error("nothing was thrown");
}

function fillDatabase(): void {
  const db = new BetterSqlite(":memory:");
  try {
    db.pragma("max_page_count = 2");
    db.exec("CREATE TABLE one (text); INSERT INTO one VALUES (zeroblob(100000))");
  } finally {
    db.close();
  }
}

describe("a full disk is told as one", () => {
  it.each([
    ["by a file", () => writeFile("/dev/full", "text")],
    ["by the database", fillDatabase],
    [
      "by a quota",
      () => {
        throw Object.assign(new Error("used up"), { errno: -constants.errno.EDQUOT });
      },
    ],
  ])("%s", async (_by, work) => {
    const failure = told(await thrownBy(work));
    expect(failure.message).toMatch(/^A disk of the server is full/);
    expect(failure.hint).toContain("docker system df");
    expect(failure.code).toBe("unavailable");
  });

  it("with the folder where the system names it", () => {
    const error = Object.assign(new Error("ENOSPC"), {
      code: "ENOSPC",
      path: "/srv/builds/v1.log",
    });
    expect(told(error).message).toMatch(/^The disk of \/srv\/builds is full/);
  });
});

it("a bug is told by its reference alone", () => {
  const failure = told(new Error("a secret"));
  expect(failure.code).toBe("internal");
  expect(failure.message).not.toContain("secret");
});
