import { setTimeout as delay } from "node:timers/promises";
import type { Parts } from "./parts.ts";
import { reconcileApp } from "./reconcile.ts";

/** Looks at apps that something happened to, and repairs them. */
export interface Care {
  /** App id. Looks that are due at one time become one. */
  look(app: string): void;
}

interface Patient {
  isWaiting: boolean;
  /** Repairs that followed each other without a calm time. */
  repairs: number;
  /** `performance.now()` */
  lastRepair: number;
}

const firstPauseMs = 250;
/** As long as it takes until all apps are looked at anyway. */
const longestPauseMs = 60_000;
/** An app that needed no repair for so long is repaired at once when it does. */
const calmMs = 2 * longestPauseMs;

/** An app that cannot be helped is repaired ever less often, so that it costs the others nothing. */
export function createCare(parts: Parts): Care {
  const patients = new Map<string, Patient>();

  async function visit(app: string, patient: Patient, signal: AbortSignal): Promise<void> {
    try {
      await delay(pauseMs(patient, performance.now()), undefined, { signal });
      // What happens to an app at work is mostly that work.
      await parts.queue.idle(app);
    } finally {
      patient.isWaiting = false;
    }
    const found = parts.store.apps.find(app);
    if (found === null) {
      patients.delete(app);
      return;
    }
    if (await reconcileApp(parts, found, signal)) {
      patient.repairs++;
      patient.lastRepair = performance.now();
      // What was removed by hand may have left a namespace and its address behind.
      await parts.engine.start();
    }
  }

  return {
    look(app) {
      const patient = patients.get(app) ?? { isWaiting: false, repairs: 0, lastRepair: 0 };
      patients.set(app, patient);
      if (!patient.isWaiting) {
        patient.isWaiting = true;
        parts.background.start(`looking after ${app}`, (signal) => visit(app, patient, signal));
      }
    },
  };
}

/** How long the next look at an app has to wait. Forgets old repairs. */
function pauseMs(patient: Patient, now: number): number {
  if (now - patient.lastRepair > calmMs) {
    patient.repairs = 0;
  }
  if (patient.repairs === 0) {
    return 0;
  }
  const pause = Math.min(longestPauseMs, firstPauseMs * 2 ** (patient.repairs - 1));
  return Math.max(0, patient.lastRepair + pause - now);
}
