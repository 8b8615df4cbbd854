import type { Leases } from "../../store-ports.ts";

/** All addresses of a holder are free again. */
export function giveBack(leases: Leases, holder: string): void {
  for (const lease of leases.all()) {
    if (lease.holder === holder) {
      leases.release(lease.address);
    }
  }
}
