import {
  closeSync,
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
  return { descriptor, content };
}

it("a log that is too long begins anew, and what was in it is kept once", () => {
  const { descriptor, content } = openLog();
  writeSync(descriptor, "first\n");
  limitOwnLog(5, descriptor);
  writeSync(descriptor, "second\n");
  expect(content()).toEqual(["second\n", "first\n"]);
  limitOwnLog(5, descriptor);
  writeSync(descriptor, "third\n");
  expect(content()).toEqual(["third\n", "second\n"]);
});

it("a log of the size that it may have stays as it is", () => {
  const { descriptor, content } = openLog();
  writeSync(descriptor, "first\n");
  limitOwnLog(6, descriptor);
  expect(content()).toEqual(["first\n"]);
});

it("what is no file is left alone", () => {
  const terminal = openSync("/dev/null", "a");
  onTestFinished(() => closeSync(terminal));
  limitOwnLog(0, terminal);
  expect(readdirSync("/dev")).not.toContain("null.1");
});
