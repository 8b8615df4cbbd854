import type Docker from "dockerode";
import { networkNameTaken, subnetInUse } from "../../errors.ts";
import { answered } from "../client/docker.ts";

/** Docker's answers to a subnet that overlaps with another network or a route of this machine. */
const overlaps = [400, 403, 500];

/**
 * Makes a network in the first of the subnets that does not overlap with something else, and answers which.
 * @param whole names them all, for the message
 * @throws networkNameTaken, subnetInUse
 */
export async function createInFirst<T>(
  docker: Docker,
  subnets: readonly T[],
  whole: string,
  optionsFor: (subnet: T) => Docker.NetworkCreateOptions,
): Promise<T> {
  let cause: unknown = null;
  for (const subnet of subnets) {
    const options = optionsFor(subnet);
    try {
      await docker.createNetwork(options);
      return subnet;
    } catch (error) {
      if (answered(error, 409)) {
        throw networkNameTaken(options.Name);
      }
      if (!answered(error, ...overlaps)) {
        throw error;
      }
      cause = error;
    }
  }
  throw subnetInUse(whole, cause);
}
