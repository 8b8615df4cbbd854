import { type GokuError, portTaken } from "../../errors.ts";
import { type PortHolder, portHolders } from "../net/port-holder.ts";
import { type Address, nginxAddress } from "../text/render.ts";
import { isDistributionDefault } from "./distribution.ts";

/** @param ours nginx's master, which may have them already @throws portTaken, naming who listens there */
export async function assertFree(addresses: readonly Address[], ours?: number): Promise<void> {
  for (const address of addresses) {
    const holders = await portHolders(address);
    if (holders.length > 0 && !holders.some(({ pid }) => pid === ours)) {
      throw await takenBy(address, holders);
    }
  }
}

async function takenBy(address: Address, holders: readonly PortHolder[]): Promise<GokuError> {
  const holder = holders.find(({ title }) => title.includes("master process")) ?? holders[0];
  const program = programOf(holder);
  const where = nginxAddress(address);
  return holder?.title.startsWith("nginx: ") && (await isDistributionDefault())
    ? portTaken(
        where,
        `${program}, which serves only the default page of its package`,
        "Stop it, then start Goku again: systemctl disable --now nginx (without systemd: nginx -s quit)",
      )
    : portTaken(
        where,
        program,
        "Stop it, or let Goku listen elsewhere with the settings `http` and `https` (GOKU_HTTP, GOKU_HTTPS).",
      );
}

function programOf(holder: PortHolder | undefined): string {
  if (holder === undefined || holder.pid === 0) {
    return "another program";
  }
  return `${holder.title.slice(0, 80)} (process ${holder.pid})`;
}
