import { mkdir, mkdtemp, readFile, rm, symlink } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { expect, it, onTestFinished } from "vitest";
import { buildLogPath, openBuildLog } from "../../src/deploy/story/build-log.ts";

async function dataFolder(): Promise<string> {
  const data = await mkdtemp(join(tmpdir(), "goku-build-log-"));
  onTestFinished(() => rm(data, { recursive: true }));
  return data;
}

it("keeps the lines of a build", async () => {
  const data = await dataFolder();
  const log = await openBuildLog(data, "blog-main", 3);
  log.write("one");
  log.write("two");
  await log.close();
  expect(await readFile(buildLogPath(data, "blog-main", 3), "utf8")).toBe("one\ntwo\n");
});

it("names the folder whose disk is full", async () => {
  const data = await dataFolder();
  const path = buildLogPath(data, "blog-main", 3);
  await mkdir(dirname(path), { recursive: true });
  await symlink("/dev/full", path);
  const log = await openBuildLog(data, "blog-main", 3);
  log.write("one");
  await expect(log.close()).rejects.toMatchObject({
    code: "unavailable",
    message: expect.stringContaining(`The disk of ${dirname(path)} is full`),
  });
});
