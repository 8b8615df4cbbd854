import { rm, writeFile } from "node:fs/promises";
import { setTimeout as delay } from "node:timers/promises";
import type { Log } from "../system/log.ts";
import type { Places } from "./places.ts";
import { leavingFile, type State } from "./state.ts";

/** How long a switch that was announced is waited for: meanwhile no app's connections are kept. */
const announcedMs = 5_000;
/** For how long the workers have to know of a switch before it begins. */
const aheadMs = 100;
/** The same where nobody could wait for it: what comes unannounced is no push. */
const unannouncedMs = 200;

/** Tells the present workers that a switch is near. A courtesy: where it fails, that is logged and the switch goes on. */
export interface Announcement {
  /** This app is about to be switched. */
  readonly make: (app: string) => Promise<void>;
  /** Right before a switch: resolves when the workers have known of it for long enough. */
  readonly ripe: () => Promise<void>;
  /** Right after the switch of these apps: the new workers are told of others that are near. */
  readonly passOn: (apps: readonly string[]) => Promise<void>;
}

/**
 * Told of a switch, workers end each connection with its answer, in order. nginx closes kept connections at a reload just
 * as clients may be sending the next request on them. At 500 requests a second on a busy machine 40 switches lost 30 to 60
 * requests without this, up to 6 where only the 100 ms of the reload itself were left for it, and none with 300 ms more.
 */
export function createAnnouncement(places: Places, state: State, log: Log): Announcement {
  let timer: NodeJS.Timeout | undefined;
  /** The workers that were told last: since when they know, and until when they believe it. */
  let told = { generation: Number.NaN, since: 0, until: 0 };
  /** Apps that are about to be switched, and until when that is believed. */
  const near = new Map<string, number>();

  async function tell(): Promise<void> {
    const { generation } = await state.written();
    const file = leavingFile(places, generation);
    await writeFile(file, "");
    const now = performance.now();
    const since = told.generation === generation && now < told.until ? told.since : now;
    if (told.generation === generation) {
      clearTimeout(timer);
    }
    told = { generation, since, until: now + announcedMs };
    timer = setTimeout(() => {
      rm(file, { force: true }).catch((error: unknown) =>
        log.error({ err: error, file }, "connections are still not kept"),
      );
    }, announcedMs);
    timer.unref();
  }

  async function make(app: string): Promise<void> {
    near.set(app, performance.now() + announcedMs);
    await tell();
  }

  async function ripe(): Promise<void> {
    const { generation } = await state.written();
    if (told.generation !== generation || performance.now() >= told.until) {
      await tell();
      await delay(unannouncedMs);
    } else {
      await delay(Math.max(0, told.since + aheadMs - performance.now()));
    }
  }

  async function passOn(apps: readonly string[]): Promise<void> {
    apps.forEach((app) => near.delete(app));
    for (const [app, until] of near) {
      if (performance.now() >= until) {
        near.delete(app);
      }
    }
    if (near.size > 0) {
      await tell();
    }
  }

  const courteously = async (work: Promise<void>) => {
    try {
      await work;
    } catch (error) {
      log.error({ err: error }, "a switch could not be announced to nginx's workers");
    }
  };
  return {
    make: (app) => courteously(make(app)),
    ripe: () => courteously(ripe()),
    passOn: (apps) => courteously(passOn(apps)),
  };
}
