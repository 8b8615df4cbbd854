import type { ServiceContainer } from "../../compose-ports.ts";
import type { ModelService } from "../../project/compose/model.ts";
import type { Definition } from "../../service.ts";
import type { Parts } from "../parts.ts";
import type { PlannedService } from "../plan/service-plan.ts";

/** Containers that stand in for those that take their places, last, each once. */
export function standInsOf(create: readonly PlannedService[]): ServiceContainer[] {
  return [...new Set(create.flatMap(({ replaces }) => replaces))];
}

/**
 * Until they are replaced, the new containers of other services find the old ones: on networks that are new, and by names
 * that are.
 */
export async function standIn(
  { composer }: Parts,
  create: readonly PlannedService[],
  candidate: Definition,
): Promise<void> {
  const all = create.flatMap(({ service, replaces }) =>
    replaces.map((old) => ({ ...old, service })),
  );
  const isFirst = ({ id }: ServiceContainer, at: number) =>
    all.findIndex((each) => each.id === id) === at;
  const first = all.filter(isFirst);
  if (first.length > 0) {
    await composer.showNames(first, candidate);
  }
  // What two services take the place of can be put on its networks anew for one of them at a time.
  for (const again of all.filter((each) => !first.includes(each))) {
    await composer.showNames([again], candidate);
  }
}

/** Those that have got names which they do not have in the live release. */
export function renamedOf(
  create: readonly PlannedService[],
  candidate: Definition,
  live: Definition,
): ServiceContainer[] {
  return standInsOf(create).filter((old) => {
    const own = namesOf(live, old.service);
    return create.some(
      ({ service, replaces }) =>
        replaces.includes(old) && namesOf(candidate, service).some((name) => !own.includes(name)),
    );
  });
}

/** They have the names of the live release, and no others. */
export async function takeNamesBack(
  { composer }: Parts,
  renamed: readonly ServiceContainer[],
  live: Definition,
): Promise<void> {
  try {
    await composer.hideNames(renamed);
    await Promise.all(renamed.map(({ id, name }) => composer.renameService(id, name)));
  } finally {
    await composer.showNames(renamed, live);
  }
}

/** What a service's containers answer to; an alias holds on one network. */
function namesOf({ services }: Definition, service: string): string[] {
  const part = services[service] ?? {};
  // A definition's services are a model's with fewer keys.
  const { networks } = part as Partial<ModelService>;
  const aliases = Object.entries(networks ?? {}).flatMap(([network, own]) =>
    (own?.aliases ?? []).map((alias) => `${alias} on ${network}`),
  );
  const own = part["x-goku-container-name"];
  return [service, ...(typeof own === "string" ? [own] : []), ...aliases];
}
