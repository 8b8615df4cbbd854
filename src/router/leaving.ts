import { rm, writeFile } from "node:fs/promises";
import type { Log } from "../system/log.ts";
import type { Places } from "./places.ts";
import { leavingFile, type State } from "./state.ts";

/** How long a switch that was announced is waited for: what starts slower has only the time of the reload itself. */
const announcedMs = 5_000;

/**
 * Tells the present workers that a switch is near, so that they end each connection with its answer, in order. nginx
 * closes kept connections at a reload just as clients may be sending the next request on them. At 500 requests a second
 * on a busy machine 40 switches lost 30 to 60 requests without this, up to 6 where only the 100 ms of the reload itself
 * were left for it, and none with 300 ms more.
 */
export function createAnnouncement(places: Places, state: State, log: Log): () => Promise<void> {
  let timer: NodeJS.Timeout | undefined;

  return async () => {
    const file = leavingFile(places, (await state.written()).generation);
    await writeFile(file, "");
    clearTimeout(timer);
    timer = setTimeout(() => {
      rm(file, { force: true }).catch((error: unknown) =>
        log.error({ err: error, file }, "connections are still not kept"),
      );
    }, announcedMs);
    timer.unref();
  };
}
