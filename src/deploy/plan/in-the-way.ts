import type { ServiceContainer } from "../../compose-ports.ts";
import type { ComposeProject } from "../../project.ts";
import { plain } from "../../project/compose/dollars.ts";
import type { ModelService } from "../../project/compose/model.ts";
import { dataMounts } from "../../project/compose/twins.ts";
import { nameInApp } from "./app-volumes.ts";

/**
 * Those that must not run beside a service's new containers, where it cannot have a twin: its own, and those whose data it
 * has from now on, as when the file calls it by another name. What serves is made to share its data.
 * @param others containers of the project that are to go
 */
export function inTheWayOf(
  project: ComposeProject,
  name: string,
  others: readonly ServiceContainer[],
): ServiceContainer[] {
  const service = project.services.find((each) => each.name === name);
  if (service === undefined || service.noTwin === null) {
    return [];
  }
  const data = dataOf(project, name);
  const isHandedOver = ({ app, service: from, version, writes }: ServiceContainer) => {
    const stays = dataOf(project, from);
    const left = writes.map((each) => within(app, each)).filter((each) => !stays.has(each));
    return version === null && left.some((each) => data.has(each));
  };
  const own = others.filter((container) => container.service === name);
  const rest = others.filter((container) => container.service !== name);
  return [...own, ...rest.filter(isHandedOver)];
}

/** Volumes by their names within the app, and paths of the server; none of a service that the file does not have. */
function dataOf({ definition, mounts }: ComposeProject, name: string): ReadonlySet<string> {
  // A definition's services are a model's with fewer keys.
  const service = (definition.services[name] ?? {}) as Partial<ModelService>;
  return new Set(
    dataMounts(service, mounts).map(({ type, source = "" }) => {
      const { external, name: given, "x-goku-name": own } = definition.volumes[source] ?? {};
      const called = external === true ? given : own;
      return plain(type === "volume" && typeof called === "string" ? called : source);
    }),
  );
}

function within(app: string, written: string): string {
  return written.startsWith("/") ? written : nameInApp(app, written);
}
