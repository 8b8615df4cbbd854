import { isBlind, type ProcessStat, processStat } from "../system/proc.ts";
import { keepRoom, type PushRoom } from "./keep-room.ts";
import type { Caller } from "./push.ts";

/** One receive-pack process, and whom it works for. */
export interface Session {
  readonly repository: string;
  /** Asked anew for each ref, since rights can change while a push is on its way. @throws GokuError */
  readonly caller: () => Caller;
  /** Runs `work` with a signal that is aborted as soon as the pusher's connection is lost. */
  whileConnected<T>(work: (signal: AbortSignal) => Promise<T>): Promise<T>;
  /** Whether the process has not ended. */
  running(): boolean;
}

export interface NewSession {
  /** The receive-pack process, or one that will become it by exec. */
  readonly pid: number;
  readonly repository: string;
  readonly caller: () => Caller;
  /** Aborted when the connection is lost; null: it is lost when the process that started this one is gone. */
  readonly lost: AbortSignal | null;
}

/** How a hook's process finds who is behind it: by its parent's process id. */
export interface Sessions {
  open(session: NewSession): void;
  /** Null for a process that came by no door of Goku's. */
  find(pid: number): Session | null;
}

/** Two looks at /proc in this time notice a lost connection well within a second. */
const lookEveryMs = 200;

interface Entry extends NewSession {
  readonly born: ProcessStat;
  /** No hook has asked for it: git has not got all there is to it. */
  comesIn: boolean;
}

/** @param room what pushes have to leave of the disk; null: nothing */
export function createSessions(room: PushRoom | null = null): Sessions {
  const entries = new Map<number, Entry>();

  const forgetEnded = () => {
    for (const [pid, entry] of entries) {
      if (!isSame(entry, processStat(pid))) {
        entries.delete(pid);
      }
    }
  };

  return {
    open(session) {
      forgetEnded();
      const born = processStat(session.pid);
      if (born !== null) {
        const { pid } = session;
        const entry = { ...session, born, comesIn: true };
        entries.set(pid, entry);
        if (room !== null) {
          void keepRoom(room, pid, () => entry.comesIn && isSame(entry, processStat(pid)));
        }
      }
    },

    find(pid) {
      const entry = entries.get(pid);
      if (entry === undefined || !isSame(entry, processStat(pid))) {
        return null;
      }
      entry.comesIn = false;
      const { repository, caller } = entry;
      return {
        repository,
        caller,
        whileConnected: (work) => whileConnected(entry, work),
        running: () => isSame(entry, processStat(pid)),
      };
    },
  };
}

function isSame(entry: Entry, now: ProcessStat | null): boolean {
  return now !== null && now.startedAt === entry.born.startedAt;
}

async function whileConnected<T>(
  entry: Entry,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const { lost } = entry;
  if (lost !== null) {
    return work(lost);
  }
  const controller = new AbortController();
  const look = () => {
    const now = processStat(entry.pid);
    // sshd's process for this connection ends with it, and the kernel gives its children to another parent.
    if (!isSame(entry, now) || now?.parent !== entry.born.parent) {
      controller.abort();
    }
  };
  const lookAgain = () => {
    try {
      look();
    } catch (error) {
      if (!isBlind(error)) {
        throw error;
      }
    }
  };
  look();
  const timer = setInterval(lookAgain, lookEveryMs);
  try {
    return await work(controller.signal);
  } finally {
    clearInterval(timer);
  }
}
