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
 * @returns them by a service's name
 */
export function inTheWayOf(
  project: ComposeProject,
  others: readonly ServiceContainer[],
): (service: string) => ServiceContainer[] {
  const known = new Map<string, ReadonlySet<string>>();
  const dataIn = (name: string) => {
    const data = known.get(name) ?? dataOf(project, name);
    known.set(name, data);
    return data;
  };
  const leaving = others
    .filter(({ version }) => version === null)
    .map((container) => {
      const { app, service, writes } = container;
      const data = writes.map((each) => within(app, each));
      return { container, left: data.filter((each) => !dataIn(service).has(each)) };
    });
  const alone = new Set(
    project.services.flatMap(({ name, noTwin }) => (noTwin === null ? [] : name)),
  );
  return (name) => {
    if (!alone.has(name)) {
      return [];
    }
    const own = others.filter(({ service }) => service === name);
    const handedOver = leaving.filter(
      ({ container: { service }, left }) =>
        service !== name && left.some((each) => dataIn(name).has(each)),
    );
    return [...own, ...handedOver.map(({ container }) => container)];
  };
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
