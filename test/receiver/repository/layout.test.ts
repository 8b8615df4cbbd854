import { chown, mkdir, stat, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, it } from "vitest";
import { giveTo } from "../../../src/receiver/repository/layout.ts";
import { quickFolder } from "../../support/quick-folder.ts";

const uidOf = async (path: string) => (await stat(path)).uid;

it("gives what a backup of another server brought to whom git runs as, and nothing that lies outside", async () => {
  const top = quickFolder("goku-owner-");
  const repository = join(top, "blog.git");
  await mkdir(join(repository, "refs"), { recursive: true });
  await writeFile(join(repository, "refs/main"), "c");
  await writeFile(join(top, "outside"), "");
  await symlink(join(top, "outside"), join(repository, "link"));
  for (const path of [repository, join(repository, "refs"), join(repository, "refs/main")]) {
    await chown(path, 4_321, 4_321);
  }
  await giveTo(repository, { uid: 1_234, gid: 1_234 });
  expect(await uidOf(repository)).toBe(1_234);
  expect(await uidOf(join(repository, "refs/main"))).toBe(1_234);
  expect(await uidOf(join(top, "outside"))).toBe(0);
});

it("looks no further where the folder is theirs", async () => {
  const repository = join(quickFolder("goku-owner-"), "blog.git");
  await mkdir(join(repository, "refs"), { recursive: true });
  await chown(join(repository, "refs"), 4_321, 4_321);
  await giveTo(repository, { uid: 0, gid: 0 });
  expect(await uidOf(join(repository, "refs"))).toBe(4_321);
});
