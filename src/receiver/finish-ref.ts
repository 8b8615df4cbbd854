import { isNoCommit } from "../revision.ts";
import type { Log } from "../system/log.ts";
import type { RefUpdate } from "./push.ts";
import type { BareRepositories } from "./repositories.ts";
import type { Session } from "./sessions.ts";

/**
 * For an update that was accepted after its pusher had gone: git may have been killed by writing to a connection that
 * is no more, and then nobody has moved the ref of what is live.
 */
export async function finishRef(
  repositories: BareRepositories,
  session: Session,
  update: RefUpdate,
  log: Log,
): Promise<void> {
  const { repository } = session;
  try {
    await session.ended();
    const before = isNoCommit(update.old) ? null : update.old;
    const tip = await repositories.tip(repository, update.ref);
    if (tip !== before || isNoCommit(update.new)) {
      return;
    }
    const moved = await repositories.moveRef(repository, update.ref, update.new, before);
    log.info({ repository, ref: update.ref, moved }, "moved a ref for a pusher who has gone");
  } catch (error) {
    log.warn({ err: error, repository, ref: update.ref }, "cannot move a ref of what is live");
  }
}
