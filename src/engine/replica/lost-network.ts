import { readFile, readlink } from "node:fs/promises";
import { join } from "node:path";

/** What Docker tells of a container that runs. */
export interface Started {
  readonly Id: string;
  readonly State: { readonly Pid: number; readonly StartedAt: string };
}

/**
 * True where a replica runs on in a network that nobody reaches any more, as its namespace container was started anew.
 * The machine's clock may have been set since, so that times are taken only where the processes cannot be seen: where
 * Goku is in a container with processes of its own.
 */
export async function hasLostNetwork(
  replica: Started,
  namespace: Started,
  proc = "/proc",
): Promise<boolean> {
  const [network, wanted] = await Promise.all([
    networkOf(replica, proc),
    networkOf(namespace, proc),
  ]);
  return network === null || wanted === null
    ? Date.parse(replica.State.StartedAt) < Date.parse(namespace.State.StartedAt)
    : network !== wanted;
}

/** `net:[4026532198]`; null where Goku does not see the container's process, or what has its number here is another. */
async function networkOf({ Id, State }: Started, proc: string): Promise<string | null> {
  const folder = join(proc, String(State.Pid));
  try {
    const network = await readlink(join(folder, "ns/net"));
    return (await readFile(join(folder, "cgroup"), "utf8")).includes(Id) ? network : null;
  } catch {
    return null;
  }
}
