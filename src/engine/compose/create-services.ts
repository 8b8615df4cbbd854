import type Docker from "dockerode";
import { badProject } from "../../errors.ts";
import type { CreatedServices, ServicesSpec } from "../../compose-ports.ts";
import type { Leases } from "../../store-ports.ts";
import { allEnded } from "../../system/all-ended.ts";
import type { Log } from "../../system/log.ts";
import { waitFor } from "../../system/wait.ts";
import { cleanUp } from "../../system/clean-up.ts";
import { removeContainer } from "../client/remove-container.ts";
import type { Listed } from "../container-list.ts";
import { composeLabel, readService } from "../labels.ts";
import type { Names } from "../names.ts";
import type { RoutedNetworks } from "../network/routed-networks.ts";
import { giveBack } from "../network/leases.ts";
import type { ComposeCommand } from "./compose-command.ts";
import { chooseAddresses } from "./addresses.ts";
import { askedAddress } from "./endpoint.ts";
import { partOf } from "./json-part.ts";
import type { Resources } from "./resources.ts";
import { readServices } from "./service-list.ts";
import { servicesDefinition } from "./services-definition.ts";
import { up, upArgs } from "./up.ts";

/** Docker creates on what it was told to when docker compose has given up already. */
const settleTimeoutMs = 2_000;

/** What creating containers needs of the engine. */
export interface CreationParts {
  readonly docker: Docker;
  readonly names: Names;
  readonly compose: ComposeCommand;
  readonly socket: string;
  readonly networks: RoutedNetworks;
  readonly leases: Leases;
  readonly resources: Resources;
  readonly list: () => Promise<Listed[]>;
  readonly log: Log;
}

/** Creates the wanted containers; nothing of it is left behind when it throws. */
export async function createServices(
  parts: CreationParts,
  spec: ServicesSpec,
  signal: AbortSignal,
): Promise<CreatedServices> {
  const { docker, leases, list, log, names, resources } = parts;
  const wanted = spec.wanted.filter(({ count }) => count > 0);
  const made = { networks: [], volumes: [] };
  if (wanted.length === 0) {
    return { containers: [], ...made };
  }
  let begun = 0;
  const before = await countServices(docker, names.repository(spec.app));
  const news = async () => (await list()).filter((each) => isNew(each, spec.app, before.ids));
  try {
    signal.throwIfAborted();
    expectRoutable(spec);
    const chosen = wanted.map(({ service }) => partOf(spec.definition.services[service]));
    await resources.ensure(spec, chosen, made);
    signal.throwIfAborted();
    const subnets = await resources.subnetsOf(spec.app);
    const places = chooseAddresses(names, spec, wanted, subnets, before.held);
    const definition = servicesDefinition(names, spec, wanted, places);
    const scales = wanted.map(
      ({ service, count }) => `${service}=${(before.counts.get(service) ?? 0) + count}`,
    );
    const services = wanted.map(({ service }) => service);
    const result = await up(parts, spec.app, upArgs(services, scales), definition);
    begun = result.begun;
    if (result.problem !== null) {
      throw result.problem;
    }
    signal.throwIfAborted();
    const containers = await keepWanted(await news(), spec, docker);
    await connectRouted(parts, spec, containers);
    const ids = new Set(containers.map(({ id }) => id));
    const connected = (await list()).filter(({ id }) => ids.has(id));
    return { containers: readServices(connected), ...made };
  } catch (error) {
    await cleanUp(log, `remove what was created of ${spec.app}`, async () => {
      // At least one of those begun is the one that failed.
      await waitFor(async () => ((await news()).length < begun - 1 ? null : true), {
        timeoutMs: settleTimeoutMs,
      });
      await Promise.all(
        (await news()).map(async ({ id }) => {
          await removeContainer(docker, id);
          giveBack(leases, id);
        }),
      );
      await resources.removeUnused(made);
    });
    signal.throwIfAborted();
    throw error;
  }
}

/** Counted as docker compose counts: by its own labels, in any state. */
async function countServices(docker: Docker, project: string) {
  const found = await docker.listContainers({
    all: true,
    filters: { label: [`${composeLabel.project}=${project}`, `${composeLabel.oneOff}=False`] },
  });
  const counts = new Map<string, number>();
  for (const { Labels } of found) {
    const service = Labels[composeLabel.service] ?? "";
    counts.set(service, (counts.get(service) ?? 0) + 1);
  }
  const held = found.flatMap(({ Id, NetworkSettings }) =>
    Object.entries(NetworkSettings.Networks).flatMap(([network, endpoint]) => {
      const address = askedAddress(endpoint);
      return address === null ? [] : [{ container: Id, network, address }];
    }),
  );
  return { counts, held, ids: new Set(found.map(({ Id }) => Id)) };
}

function isNew({ id, labels }: Listed, app: string, before: ReadonlySet<string>): boolean {
  return !before.has(id) && readService(labels)?.app === app;
}

/** One that was there may have gone meanwhile, and docker compose made another in its place: that is one too many. */
async function keepWanted(news: readonly Listed[], spec: ServicesSpec, docker: Docker) {
  const kept: Listed[] = [];
  for (const { service, count } of spec.wanted) {
    const theirs = news.filter(({ labels }) => readService(labels)?.service === service);
    if (theirs.length < count) {
      throw new Error(`docker compose made ${theirs.length} of ${count} containers of ${service}`);
    }
    kept.push(...theirs.slice(0, count));
  }
  const surplus = news.filter((each) => !kept.includes(each));
  await Promise.all(surplus.map(({ id }) => removeContainer(docker, id)));
  return kept;
}

/** Gives each container of a routed service its address, before it starts. */
async function connectRouted(
  { docker, networks }: CreationParts,
  spec: ServicesSpec,
  containers: readonly Listed[],
): Promise<void> {
  const routed = new Set(spec.wanted.flatMap((each) => (each.routed ? [each.service] : [])));
  // Somebody may have removed them (`docker network prune`), of which Docker tells only when a container starts.
  await networks.ensure();
  await allEnded(
    containers
      .filter(({ labels }) => routed.has(readService(labels)?.service ?? ""))
      .map(async ({ id }) => {
        const { network, address } = await networks.lease(id);
        await docker.getNetwork(network).connect({
          Container: id,
          EndpointConfig: { IPAMConfig: { IPv4Address: address } },
        });
      }),
  );
}

/** A container in another's network, or in none, has none of its own to be reached on. */
function expectRoutable({ definition, wanted }: ServicesSpec): void {
  for (const { service, routed } of wanted) {
    const mode = definition.services[service]?.["network_mode"];
    if (routed && typeof mode === "string" && mode !== "bridge" && mode !== "default") {
      throw badProject(
        `The service ${service} has network_mode: ${mode}, so that requests cannot be sent to it.`,
        "Take network_mode out of the service, or route to another one (x-goku: {web: SERVICE:PORT}).",
      );
    }
  }
}
