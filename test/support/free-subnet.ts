import { networkInterfaces } from "node:os";
import { claim } from "./claim.ts";

/** 10.224.0.0/11 but for its end, in pieces of a /20. What is below, tests name themselves. */
const subnets = { firstOctet: 224, octets: 30, ofOctet: 16 };

/** A private subnet (a /20) that nobody else is given as long as this process lives, and no bridge here is left of. */
export async function freeSubnet(): Promise<string> {
  for (;;) {
    const at = Math.floor(Math.random() * subnets.octets * subnets.ofOctet);
    const octet = subnets.firstOctet + Math.floor(at / subnets.ofOctet);
    const first = 16 * (at % subnets.ofOctet);
    if (!hasBridge(octet, first) && (await claim(`subnet-${at}`))) {
      return `10.${octet}.${first}.0/20`;
    }
  }
}

/** Docker says nothing of one that another Docker left, and its containers cannot be reached then. */
function hasBridge(octet: number, first: number): boolean {
  const addresses = Object.values(networkInterfaces()).flatMap((each) => each ?? []);
  return addresses.some(({ address }) => {
    const [one, two, three = Number.NaN] = address.split(".").map(Number);
    return one === 10 && two === octet && three >= first && three < first + 16;
  });
}
