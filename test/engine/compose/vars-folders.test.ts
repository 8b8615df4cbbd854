import { mkdtemp, readdir, rm, stat, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it, onTestFinished } from "vitest";
import { makeVarsFolder, removeLeftVarsFolders } from "../../../src/engine/compose/vars-folders.ts";

const dayMs = 24 * 60 * 60 * 1000;
const instance = `gkt-vars${process.pid}`;

async function folder(of: string, ageMs: number): Promise<string> {
  const path = await makeVarsFolder(of);
  onTestFinished(() => rm(path, { recursive: true, force: true }));
  await writeFile(join(path, "vars"), "SECRET=hunter2");
  const then = new Date(Date.now() - ageMs);
  await utimes(path, then, then);
  return path;
}

it("vars that a killed Goku left in files are removed, nobody else's and none at work", async () => {
  const left = await folder(instance, dayMs);
  const atWork = await folder(instance, 0);
  const other = await folder(`${instance}-x`, dayMs);
  const stranger = await mkdtemp(join(tmpdir(), "compose-of-a-user-"));
  onTestFinished(() => rm(stranger, { recursive: true }));
  await removeLeftVarsFolders(instance);
  const names = await readdir(tmpdir());
  const isThere = (path: string) => names.includes(path.slice(tmpdir().length + 1));
  expect([left, atWork, other, stranger].map(isThere)).toEqual([false, true, true, true]);
});

it("nobody else may look into one", async () => {
  const path = await folder(instance, 0);
  expect((await stat(path)).mode & 0o777).toBe(0o700);
});
