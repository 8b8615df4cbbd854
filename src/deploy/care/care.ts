import { setTimeout as delay } from "node:timers/promises";
import type { Parts } from "../parts.ts";
import { reconcileApp } from "./reconcile.ts";

/** Looks at apps that something happened to, and repairs them. */
export interface Care {
  /** App id. Looks that are due at one time become one. */
  look(app: string): void;
}

interface Patient {
  /** Something happened to it since the last look began. */
  isDue: boolean;
  isInCare: boolean;
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

  /** Also for what happens during a repair, which may have been too late for it. */
  async function care(app: string, patient: Patient, signal: AbortSignal): Promise<void> {
    patient.isInCare = true;
    try {
      while (patient.isDue) {
        await delay(pauseMs(patient, performance.now()), undefined, { signal });
        // What happens to an app at work is mostly that work.
        await parts.queue.idle(app);
        patient.isDue = false;
        await visit(app, patient, signal);
      }
    } finally {
      patient.isInCare = false;
    }
  }

  async function visit(app: string, patient: Patient, signal: AbortSignal): Promise<void> {
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
      const patient = patients.get(app) ?? newPatient();
      patients.set(app, patient);
      patient.isDue = true;
      if (!patient.isInCare) {
        parts.background.start(`looking after ${app}`, (signal) => care(app, patient, signal));
      }
    },
  };
}

function newPatient(): Patient {
  return { isDue: false, isInCare: false, repairs: 0, lastRepair: 0 };
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
