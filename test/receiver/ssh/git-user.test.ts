import { expect, it } from "vitest";
import { ensureGitUser } from "../../../src/receiver/ssh/git-user.ts";
import { exec } from "../../support/exec.ts";
import { gitUser } from "../../support/git-user.ts";

it("the git user is there after asking twice, may log in by key, and has no password", async () => {
  const user = await gitUser();
  expect(await ensureGitUser()).toEqual(user);
  const isRoot = process.getuid?.() === 0;
  expect(user === null).toBe(!isRoot);
  const shadow = await exec("getent", ["shadow", "git"]);
  expect(shadow.stdout.split(":")[1] ?? "").toBe(isRoot ? "*" : "");
});
