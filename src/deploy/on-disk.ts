import { messageOf } from "../errors.ts";
import type { Parts, Request } from "./parts.ts";

/**
 * What was recorded outlives a power cut from then on. Where the disk does not confirm that, what was done is done all the
 * same: it is logged and told, and nothing fails.
 */
export async function bringToDisk(
  { log, store }: Parts,
  { report }: Pick<Request, "report">,
): Promise<void> {
  try {
    await store.sync();
  } catch (error) {
    log.error({ err: error }, "the disk does not confirm what was recorded");
    report.warn(messageOf(error));
  }
}
