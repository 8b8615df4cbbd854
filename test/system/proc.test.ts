import { spawn } from "node:child_process";
import { once } from "node:events";
import { expect, it } from "vitest";
import { parseStat, processStat, programOf, titleOf } from "../../src/system/proc.ts";

it("finds parent and start time, whatever the program is called", () => {
  const fields = Array.from({ length: 30 }, (_, at) => String(at + 5));
  expect(parseStat(`7 (a) b) (c) S 42 ${fields.join(" ")}`)).toEqual({
    parent: 42,
    startedAt: "22",
  });
  expect(parseStat(`7 (gone) Z 42 ${fields.join(" ")}`)).toBeNull();
  expect(parseStat("")).toBeNull();
});

it("is null for a process that has ended", async () => {
  const child = spawn("true");
  await once(child, "exit");
  expect(processStat(child.pid ?? 0)).toBeNull();
  expect(processStat(process.pid)?.parent).toBe(process.ppid);
});

it("shows what a process runs, and nothing of one that has ended", async () => {
  const child = spawn("sleep", ["60"]);
  await once(child, "spawn");
  const pid = child.pid ?? 0;
  expect(titleOf(pid)).toBe("sleep 60");
  expect(programOf(pid)).toMatch(/^\//);
  child.kill();
  await once(child, "exit");
  expect([titleOf(pid), programOf(pid)]).toEqual(["", ""]);
});
