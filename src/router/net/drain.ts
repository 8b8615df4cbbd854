import type { DrainOptions } from "../../ports.ts";
import type { Backend } from "../../route.ts";
import { waitFor } from "../../system/wait.ts";
import { findMaster, workersOf } from "../nginx/master.ts";
import type { Places } from "../places.ts";
import { hasConnection } from "./sockets.ts";

/**
 * How long nginx lets a client take for a TLS handshake, and once more for the header of its request
 * (client_header_timeout): a browser connects ahead of what it will ask for.
 */
const longestSilenceMs = 2 * 15_000;
/** Between a worker's reading of a request and its connecting there is a moment without a connection. */
const betweenMs = 50;

/**
 * Resolves when this machine has no connection to the backend any more, or after `timeoutMs`. Late requests come by those of
 * nginx's workers that knew the backend as a route: they have to be gone, or silent for as long as a client may be.
 * @returns true when drained
 * @throws the signal's reason
 */
export async function drained(
  places: Places,
  backend: Backend,
  { timeoutMs, awaitLate, signal }: DrainOptions,
): Promise<boolean> {
  const master = await findMaster(places);
  const leavingNow = () =>
    master === null ? [] : workersOf(master).flatMap(({ pid, leaving }) => (leaving ? [pid] : []));
  const knowing = new Set(leavingNow());
  let silentSince: number | null = null;
  const answer = await waitFor(
    async () => {
      if (await hasConnection(backend)) {
        silentSince = null;
        return null;
      }
      silentSince ??= performance.now();
      const silence = performance.now() - silentSince;
      const isOver = silence >= (awaitLate ? longestSilenceMs : betweenMs);
      return isOver || !leavingNow().some((pid) => knowing.has(pid)) ? true : null;
    },
    { timeoutMs, intervalMs: 50, maxIntervalMs: 500, signal },
  );
  return answer ?? false;
}
