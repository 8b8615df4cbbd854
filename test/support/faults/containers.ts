import { inspect, kindOf, type Listed } from "../docker-api.ts";
import { wrongNamespaces } from "../spares.ts";
import type { State } from "./answers.ts";
import type { World } from "./world.ts";

/** What runs is the live release, as often as it should, and nothing else. */
export async function wrongContainers(
  world: World,
  { live, content, isStopped }: State,
  containers: readonly Listed[],
): Promise<string[]> {
  const { id } = world.subject;
  const byKind = (kind: string) => containers.filter((each) => kindOf(each) === kind);
  const theirs = byKind("replica").filter((each) => each.labels["goku.app"] === id);
  const services = content?.services ?? {};
  const isProject = Object.keys(services).length > 0;
  const due = live === null || isProject || isStopped ? 0 : live.scale;
  const strange = theirs.filter(
    (each) => each.labels["goku.release"] !== String(live?.version ?? 0),
  );
  const total = due + 1;
  const dying = await Promise.all(
    theirs.map(async (each) =>
      (await inspect(each.id))?.restarts === "no"
        ? [`Docker would not start ${each.name} again`]
        : [],
    ),
  );
  return [
    ...containers
      .filter(({ state }) => state !== "running")
      .map(({ name, state }) => `${name} is ${state}`),
    ...byKind("other").map(({ name }) => `${name} is left over`),
    ...strange.map(({ name }) => `${name} is not of the live release`),
    ...(theirs.length === due ? [] : [`${theirs.length} replicas instead of ${due}`]),
    ...(byKind("replica").length === total ? [] : [`replicas: ${namesOf(byKind("replica"))}`]),
    ...wrongNamespaces(byKind("namespace").length, total),
    ...dying.flat(),
    ...(await wrongServices(world, services, byKind("service"))),
  ];
}

/** Each is what was pushed, and the others of the project find it by its name. */
async function wrongServices(
  { host, subject }: World,
  services: Readonly<Record<string, string>>,
  containers: readonly Listed[],
): Promise<string[]> {
  const serviceOf = ({ labels }: Listed) => labels["com.docker.compose.service"] ?? "";
  const names = containers.map(serviceOf).sort().join(", ");
  const due = Object.keys(services).sort().join(", ");
  const network = `${host.instance}-${subject.id}_default`;
  const found = await Promise.all(
    containers.map(async (each) => {
      const seen = await inspect(each.id);
      const service = serviceOf(each);
      const part = services[service] ?? "";
      const isFound = seen?.aliases[network]?.includes(service) === true;
      return [
        ...(seen?.definition.includes(part) === true
          ? []
          : [`${each.name} is not what was pushed: ${part}`]),
        ...(isFound ? [] : [`${each.name} is not known as ${service} on ${network}`]),
      ];
    }),
  );
  return [...(names === due ? [] : [`services: ${names} instead of ${due}`]), ...found.flat()];
}

const namesOf = (containers: readonly Listed[]) => containers.map(({ name }) => name).join(", ");
