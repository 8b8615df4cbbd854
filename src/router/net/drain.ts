import type { Backend } from "../../route.ts";
import { waitFor } from "../../system/wait.ts";
import { hasConnection } from "./sockets.ts";

/**
 * Resolves when this machine has no connection to the backend any more, or after `timeoutMs`.
 * @returns true when drained
 * @throws the signal's reason
 */
export async function drained(
  backend: Backend,
  timeoutMs: number,
  signal?: AbortSignal,
): Promise<boolean> {
  // Two looks: between an old worker's reading of a last request and its connecting there is a moment without a connection.
  let quietLooks = 0;
  const answer = await waitFor(
    async () => {
      const busy = await hasConnection(backend);
      quietLooks = busy ? 0 : quietLooks + 1;
      return quietLooks >= 2 ? true : null;
    },
    { timeoutMs, intervalMs: 50, maxIntervalMs: 500, signal },
  );
  return answer ?? false;
}
