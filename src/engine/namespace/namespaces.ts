import type Docker from "dockerode";
import type { Leases } from "../../store-ports.ts";
import type { Log } from "../../system/log.ts";
import { cleanUp } from "../../system/clean-up.ts";
import { answered } from "../client/docker.ts";
import { removeContainer } from "../client/remove-container.ts";
import type { Names } from "../names.ts";
import type { RoutedNetworks } from "../network/routed-networks.ts";
import { namespaceOptions, type NamespaceWishes } from "./namespace-options.ts";

/** A sleeping container that holds a network namespace and the address in it. */
export interface Namespace {
  readonly id: string;
  /** Also the holder of its lease. */
  readonly name: string;
  readonly address: string;
  /** Any replica without wishes of its own can join it. */
  readonly generic: boolean;
  /** It is on its app's link network too. */
  readonly linked: boolean;
}

export type Namespaces = ReturnType<typeof createNamespaces>;

/** Addresses tried where somebody else's container sits on one that was free for us. */
const mostRefusals = 8;
/** Docker's answer when a container starts. */
const addressInUse = 403;

/** @param mend brings back the image and the networks, which somebody may have removed */
export function createNamespaces(
  docker: Docker,
  names: Names,
  networks: RoutedNetworks,
  leases: Leases,
  mend: () => Promise<void>,
  log: Log,
) {
  /** Names of those on their way, which nobody may take for left over. */
  const making = new Set<string>();

  /** Makes and starts one; nothing of it is left behind when it throws. */
  async function make(wishes: NamespaceWishes | null): Promise<Namespace> {
    const name = names.namespace();
    const refused: string[] = [];
    let mended = false;
    making.add(name);
    try {
      for (;;) {
        const place = await networks.lease(name);
        try {
          const id = await begin(name, place, wishes);
          const { address } = place;
          return { id, name, address, generic: wishes === null, linked: Boolean(wishes?.link) };
        } catch (error) {
          refused.push(place.address);
          if (answered(error, 404) && !mended) {
            mended = true;
            await mend();
          } else if (!answered(error, addressInUse) || refused.length > mostRefusals) {
            throw error;
          }
        }
      }
    } finally {
      refused.forEach((address) => release(address, name));
      making.delete(name);
    }
  }

  async function begin(
    name: string,
    place: { readonly network: string; readonly address: string },
    wishes: NamespaceWishes | null,
  ): Promise<string> {
    const container = await docker.createContainer(namespaceOptions(names, name, place, wishes));
    try {
      if (wishes?.link) {
        await docker.getNetwork(wishes.link.network).connect({
          Container: container.id,
          EndpointConfig: { Aliases: [...wishes.link.aliases] },
        });
      }
      await container.start();
      return container.id;
    } catch (error) {
      await cleanUp(log, `remove ${name}`, () => removeContainer(docker, container.id));
      throw error;
    }
  }

  /** Removes it, then gives its address back. Gone is no error. */
  async function remove({ id, name, address }: Namespace): Promise<void> {
    await removeContainer(docker, id);
    release(address, name);
  }

  /** Two may give one address back; the second must not take it from a new holder. */
  function release(address: string, holder: string): void {
    if (leases.all().some((lease) => lease.address === address && lease.holder === holder)) {
      leases.release(address);
    }
  }

  return { make, remove, release, making: making as ReadonlySet<string> };
}
