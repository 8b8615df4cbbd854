import { constants } from "node:fs";
import { writeFile } from "node:fs/promises";
import { setInterval as every } from "node:timers/promises";
import type { GokuError } from "../errors.ts";
import { freeBytes, type Room } from "../system/disk.ts";
import { childrenOf, isBlind, processStat } from "../system/proc.ts";
import { signalProcess } from "../system/signal.ts";
import { renderError } from "./render-error.ts";

export interface PushRoom extends Room {
  readonly full: (free: number) => GokuError;
}

/** Unpacking writes a gigabyte a second at most, and most pushes are unpacked before the first look. */
const lookMs = 250;

/**
 * Looks at the disk while a push comes in: what git makes of a small pack can be a hundred times as large. Where too
 * little is left, what receive-pack has unpack it is ended; receive-pack itself goes on, tells its client and clears up.
 */
export async function keepRoom(
  { folder, floor, full }: PushRoom,
  receivePack: number,
  comesIn: () => boolean,
): Promise<void> {
  for await (const _ of every(lookMs, undefined, { ref: false })) {
    try {
      if (!comesIn()) {
        return;
      }
      const free = await freeBytes(folder);
      if (free !== null && free < floor) {
        await endChildren(receivePack, renderError(full(free)), comesIn);
      }
    } catch (error) {
      if (!isBlind(error)) {
        throw error;
      }
    }
  }
}

async function endChildren(
  parent: number,
  reason: readonly string[],
  comesIn: () => boolean,
): Promise<void> {
  for (const pid of childrenOf(parent)) {
    await say(pid, reason);
    // A hook may have asked meanwhile: what it deploys is not to be broken off.
    if (comesIn() && processStat(pid)?.parent === parent) {
      signalProcess(pid, "SIGKILL");
    }
  }
}

/** What a process that unpacks writes to standard error, receive-pack shows to the pusher. It may read no more, and nobody waits for that. */
async function say(pid: number, lines: readonly string[]): Promise<void> {
  const flag = constants.O_WRONLY | constants.O_NONBLOCK;
  await writeFile(`/proc/${pid}/fd/2`, `${lines.join("\n")}\n`, { flag }).catch(() => undefined);
}
