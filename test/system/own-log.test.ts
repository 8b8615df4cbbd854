import {
  closeSync,
  fstatSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it, onTestFinished } from "vitest";
import { limitOwnLog } from "../../src/system/own-log.ts";

function openLog() {
  const folder = mkdtempSync(join(tmpdir(), "goku-log-"));
  const path = join(folder, "goku.log");
  const descriptor = openSync(path, "a");
  onTestFinished(() => {
    closeSync(descriptor);
    rmSync(folder, { recursive: true });
  });
  const content = () =>
    readdirSync(folder)
      .sort()
      .map((name) => readFileSync(join(folder, name), "utf8"));
  return { path, descriptor, content };
}

it("a log that is too long begins anew, and its last whole lines are kept once", () => {
  const { descriptor, content } = openLog();
  writeSync(descriptor, "1\n2\n3\n");
  limitOwnLog(4, descriptor);
  writeSync(descriptor, "4\n56\n7\n");
  expect(content()).toEqual(["4\n56\n7\n", "2\n3\n"]);
  limitOwnLog(4, descriptor);
  writeSync(descriptor, "8\n");
  expect(content()).toEqual(["8\n", "7\n"]);
});

it("a log of the size that it may have stays as it is", () => {
  const { descriptor, content } = openLog();
  writeSync(descriptor, "first\n");
  limitOwnLog(6, descriptor);
  expect(content()).toEqual(["first\n"]);
});

it("a log that somebody has removed is emptied, and is kept nowhere", () => {
  const { path, descriptor, content } = openLog();
  rmSync(path);
  writeSync(descriptor, "first\n");
  limitOwnLog(5, descriptor);
  expect(content()).toEqual([]);
  expect(fstatSync(descriptor).size).toBe(0);
});

it("a log whose last lines cannot be kept begins anew all the same", () => {
  const { path, descriptor } = openLog();
  mkdirSync(`${path}.1`);
  writeSync(descriptor, "first\n");
  expect(() => limitOwnLog(5, descriptor)).toThrow("EISDIR");
  expect(fstatSync(descriptor).size).toBe(0);
});

it("what is no file is left alone", () => {
  const terminal = openSync("/dev/null", "a");
  onTestFinished(() => closeSync(terminal));
  limitOwnLog(0, terminal);
  expect(readdirSync("/dev")).not.toContain("null.1");
});
