import { fork } from "node:child_process";
import { once } from "node:events";
import { getPriority, setPriority } from "node:os";
import { resolve } from "node:path";

/** A process with nothing to do. */
export interface Yardstick {
  /** How late its event loop came (p99, ms) since it was asked last: so long a process waits for its turn here. */
  waitedMs(): Promise<number>;
  kill(): void;
}

/** Its turn comes like that of the process `pid`. */
export async function startYardstick(pid: number): Promise<Yardstick> {
  const child = fork(resolve(import.meta.dirname, "yardstick-main.mjs"));
  setPriority(child.pid ?? 0, getPriority(pid));
  const waitedMs = async () => {
    child.send("how late?");
    const [answer]: unknown[] = await once(child, "message");
    return Number(answer);
  };
  // Its own start is not part of the first answer.
  await waitedMs();
  return { waitedMs, kill: () => void child.kill("SIGKILL") };
}
