import type { Backend } from "../../route.ts";
import { waitFor } from "../../system/wait.ts";
import { type Socket, socketStates, tcpSockets } from "./sockets.ts";

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
      const sockets = await tcpSockets("tcp", backend.port);
      const busy = sockets.some((socket) => isInUse(socket, backend));
      quietLooks = busy ? 0 : quietLooks + 1;
      return quietLooks >= 2 ? true : null;
    },
    { timeoutMs, intervalMs: 50, maxIntervalMs: 500, signal },
  );
  return answer ?? false;
}

/**
 * A connection that is being made counts. One that the backend has closed (CLOSE_WAIT) doesn't: all it had to say is
 * in nginx's kernel buffer, whatever becomes of the backend. Pure.
 */
export function isInUse({ remote, state }: Socket, backend: Backend): boolean {
  return (
    remote.address === backend.address &&
    remote.port === backend.port &&
    (state === socketStates.established || state === socketStates.synSent)
  );
}
