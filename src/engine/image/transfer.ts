import type { IncomingMessage } from "node:http";
import { jsonLines } from "../client/stream.ts";
import { formatBytes } from "../../system/format-bytes.ts";

/** A line of the answer to a pull or a push. */
export interface TransferLine {
  readonly id?: string;
  readonly status?: string;
  readonly error?: string;
  readonly progressDetail?: { readonly current?: number; readonly total?: number };
}

const tellEveryMs = 3_000;

/** Docker gave up in the middle of a pull or a push. */
export class TransferFailed extends Error {}

/**
 * Follows a pull or a push to its end, and tells now and then how far it is.
 * @throws TransferFailed with the registry's or Docker's reason
 */
export async function followTransfer(
  stream: IncomingMessage,
  onLine: (line: string) => void,
  signal: AbortSignal,
): Promise<void> {
  const layers = new Map<string, { current: number; total: number }>();
  let told = performance.now();
  for await (const line of jsonLines<TransferLine>(stream, signal)) {
    if (line.error !== undefined) {
      throw new TransferFailed(line.error);
    }
    const { current = 0, total = 0 } = line.progressDetail ?? {};
    if (line.id !== undefined && total > 0 && /^(?:Downloading|Pushing)/.test(line.status ?? "")) {
      layers.set(line.id, { current, total });
      if (performance.now() - told >= tellEveryMs) {
        told = performance.now();
        onLine(sumUp([...layers.values()]));
      }
    }
  }
}

function sumUp(layers: readonly { readonly current: number; readonly total: number }[]): string {
  const sum = (key: "current" | "total") => layers.reduce((all, layer) => all + layer[key], 0);
  return `${formatBytes(sum("current"))} of ${formatBytes(sum("total"))}`;
}

/** The sentence in what a registry answered, and whether a login could help. */
export function readRefusal(error: Error): { readonly reason: string; readonly login: boolean } {
  const reason = error.message
    .replace(/^Error response from daemon: /, "")
    .replace(/^Head "[^"]+": |^Get "[^"]+": /, "")
    .trimEnd()
    .replace(/\.$/, "");
  const login = /unauthorized|denied|authentication required|no basic auth|docker login/i.test(
    reason,
  );
  return { reason, login };
}
