import { setTimeout as delay } from "node:timers/promises";
import { isNoCommit } from "../revision.ts";
import type { Log } from "../system/log.ts";
import type { RefUpdate } from "./push.ts";
import type { BareRepositories } from "./repositories.ts";
import type { Session } from "./sessions.ts";

/** git moves a ref within a millisecond or two. */
const firstLookMs = 5;
const lookEveryMs = 200;

/**
 * Looks after an update that was accepted until git has moved its ref, and moves it when git has ended without: a pusher
 * who goes at this very moment gets git killed by its next word to him.
 */
export async function finishRef(
  repositories: BareRepositories,
  session: Session,
  update: RefUpdate,
  log: Log,
): Promise<void> {
  const { repository } = session;
  const { ref, new: commit } = update;
  const before = isNoCommit(update.old) ? null : update.old;
  if (before === null && isNoCommit(commit)) {
    return;
  }
  const isMoved = async () => (await repositories.tip(repository, ref)) !== before;
  try {
    let pause = firstLookMs;
    do {
      await delay(pause, undefined, { ref: false });
      if (await isMoved()) {
        return;
      }
      pause = Math.min(pause * 2, lookEveryMs);
    } while (session.running());
    // git's last act may have been this one.
    if (await isMoved()) {
      return;
    }
    const moved = await repositories.moveRef(repository, ref, commit, before);
    log.info({ repository, ref, moved }, "moved a ref for a pusher who has gone");
  } catch (error) {
    log.warn({ err: error, repository, ref }, "cannot move a ref of what is live");
  }
}
