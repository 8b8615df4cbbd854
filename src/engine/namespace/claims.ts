import type { ReplicaSpec } from "../../ports.ts";
import type { Leases } from "../../store-ports.ts";
import type { Log } from "../../system/log.ts";
import { createTurns } from "../../system/turns.ts";
import { cleanUp } from "../../system/clean-up.ts";
import type { Names } from "../names.ts";
import type { LinkNetworks } from "../network/link-network.ts";
import type { Listed } from "../container-list.ts";
import { label } from "../labels.ts";
import { startFailure } from "../start-failure.ts";
import type { NamespaceWishes } from "./namespace-options.ts";
import type { Namespace, Namespaces } from "./namespaces.ts";
import type { Pool } from "./pool.ts";

export type Claims = ReturnType<typeof createClaims>;

/** Who has which namespace, from the moment it is claimed for a container until that container is gone. */
export function createClaims(
  names: Names,
  namespaces: Namespaces,
  pool: Pool,
  links: LinkNetworks,
  list: (labels: readonly string[]) => Promise<Listed[]>,
  leases: Leases,
  log: Log,
) {
  const claimed = new Set<string>();
  /** Of each app: its link network must not be taken away while a replica is about to join it. */
  const inTurn = createTurns();

  /** A namespace for the replica: a spare, or one made for it where it has wishes of its own. */
  async function claim(spec: ReplicaSpec): Promise<Namespace> {
    try {
      const namespace = isPlain(spec)
        ? ((await pool.take(spec.app)) ?? (await namespaces.make(null)))
        : await makeFor(spec);
      claimed.add(namespace.id);
      return await settled(namespace, spec.app);
    } catch (error) {
      throw startFailure(error, spec);
    }
  }

  /** The lease tells whose it is from now on. */
  async function settled(namespace: Namespace, app: string): Promise<Namespace> {
    try {
      leases.settle(namespace.address, app);
      return namespace;
    } catch (error) {
      await cleanUp(log, `remove ${namespace.name}`, () => giveUp(namespace, app));
      throw error;
    }
  }

  function makeFor(spec: ReplicaSpec): Promise<Namespace> {
    if (!needsLink(spec)) {
      return namespaces.make(wishesOf(spec, null));
    }
    return inTurn(spec.app, async () => {
      try {
        return await namespaces.make(wishesOf(spec, await links.ensure(spec.app, spec.links)));
      } catch (error) {
        await cleanUp(log, `remove the link network of ${spec.app}`, () =>
          removeUnusedLink(spec.app),
        );
        throw error;
      }
    });
  }

  /** A container has joined it, so that Docker tells from now on that it is in use. */
  function settle(namespace: Namespace): void {
    claimed.delete(namespace.id);
  }

  /** Lets the container that has joined it go; one without wishes rests then for the app's next. */
  async function handBack(
    namespace: Namespace,
    app: string,
    leave: () => Promise<void>,
  ): Promise<void> {
    // Between two containers it looks left over.
    claimed.add(namespace.id);
    try {
      leases.settle(namespace.address, app);
      await leave();
    } catch (error) {
      claimed.delete(namespace.id);
      throw error;
    }
    if (namespace.generic && pool.takeBack(namespace, app)) {
      claimed.delete(namespace.id);
    } else {
      await giveUp(namespace, app);
    }
  }

  /**
   * Takes it away when no container needs it any more, and the app's link network with the last one on it. One that
   * cannot be removed now is left over, for the next tidying.
   */
  async function giveUp(namespace: Namespace, app: string): Promise<void> {
    try {
      await namespaces.remove(namespace);
    } finally {
      claimed.delete(namespace.id);
    }
    if (namespace.linked) {
      await inTurn(app, () => removeUnusedLink(app));
    }
  }

  async function removeUnusedLink(app: string): Promise<void> {
    const network = names.linkNetwork(app);
    const theirs = await list([`${label.app}=${app}`, `${label.role}=namespace`]);
    if (!theirs.some(({ networks }) => networks.includes(network))) {
      await links.remove(network);
    }
  }

  /** Ids and names of what somebody in this process works with. */
  function used(): Set<string> {
    return new Set([...claimed, ...namespaces.making, ...pool.spares().map(({ id }) => id)]);
  }

  return { claim, settle, handBack, giveUp, used };
}

/** True when a namespace made before anything was known of the replica does as well. */
export function isPlain(spec: ReplicaSpec): boolean {
  return spec.hostname === "" && spec.published.length === 0 && !needsLink(spec);
}

function needsLink(spec: ReplicaSpec): boolean {
  return spec.links.length > 0 || answersToName(spec);
}

/** `# ADD_NAME` is for the first container alone, as a name leads to one. */
function answersToName(spec: ReplicaSpec): boolean {
  return spec.addName && spec.index === 1;
}

export function wishesOf(spec: ReplicaSpec, network: string | null): NamespaceWishes {
  const { app, hostname, published } = spec;
  const aliases = answersToName(spec) ? [app] : [];
  return { app, hostname, published, link: network === null ? null : { network, aliases } };
}
