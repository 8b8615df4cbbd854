import { ensureGitUser, type GitUser } from "../../src/receiver/ssh/git-user.ts";
import { waitFor } from "../../src/system/wait.ts";
import { listenAt } from "./claim.ts";

/** The user of repositories. On a fresh machine one process makes it, and the others wait: two at once make two. */
export async function gitUser(): Promise<GitUser | null> {
  const turn = await waitFor(() => listenAt({ path: "\0goku-test-git-user" }), {
    timeoutMs: 60_000,
  });
  try {
    return await ensureGitUser();
  } finally {
    turn?.close();
  }
}
