import { claim } from "./claim.ts";

/** 10.224.0.0/11 but for its end, in pieces of a /20. What is below, tests name themselves. */
const subnets = { firstOctet: 224, octets: 30, ofOctet: 16 };

/** A private subnet (a /20) that nobody else is given as long as this process lives. */
export async function freeSubnet(): Promise<string> {
  for (;;) {
    const at = Math.floor(Math.random() * subnets.octets * subnets.ofOctet);
    if (await claim(`subnet-${at}`)) {
      const octet = subnets.firstOctet + Math.floor(at / subnets.ofOctet);
      return `10.${octet}.${16 * (at % subnets.ofOctet)}.0/20`;
    }
  }
}
