import type { ServiceContainer } from "../../compose-ports.ts";
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
    await composer.lendNames(first, candidate);
  }
  // What two services take the place of can be put on its networks anew for one of them at a time.
  for (const again of all.filter((each) => !first.includes(each))) {
    await composer.lendNames([again], candidate);
  }
}
