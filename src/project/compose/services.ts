import type { Definition, Dependency, Service, TreeMount } from "../../service.ts";
import type { Extension } from "./extension.ts";
import type { ComposeModel, ModelService } from "./model.ts";
import { twinProblem } from "./twins.ts";
import { plain } from "./dollars.ts";

/** Containers of one service: more of them are a slip of the pen, and would keep Docker busy for minutes. */
export const maxReplicas = 100;

/** Why a service that could have a twin has none. */
export const askedInPlace = "the file asks for it (x-goku: in_place)";

/** What Goku has to know of each service, in the order of their names. */
export function readServices(
  model: ComposeModel,
  definition: Definition,
  mounts: readonly TreeMount[],
  routed: ReadonlySet<string>,
  { inPlace }: Pick<Extension, "inPlace">,
): Service[] {
  const names = Object.keys(model.services).toSorted();
  const asked = new Set(inPlace);
  const jobs = new Set(
    Object.values(model.services).flatMap((service) =>
      dependenciesOf(service).flatMap((dependency) =>
        dependency.condition === "service_completed_successfully" ? dependency.service : [],
      ),
    ),
  );
  return names.flatMap((name) => {
    const service = model.services[name];
    if (service === undefined) {
      return [];
    }
    const restarts = restartOf(service);
    const isBuilt = Boolean(service.build) || service.image === undefined;
    const runs = restarts === "sometimes" || jobs.has(name) ? "until-done" : "always";
    return {
      name,
      image: isBuilt ? null : plain(service.image ?? ""),
      replicas: service.scale ?? service.deploy?.replicas ?? 1,
      dependsOn: dependenciesOf(service).filter((dependency) => names.includes(dependency.service)),
      noTwin:
        twinProblem(definition, name, { isRouted: routed.has(name), isBuilt }, mounts) ??
        (asked.has(name) ? askedInPlace : null),
      runs,
      keep: restarts === null && runs === "always",
    };
  });
}

const conditions: readonly string[] = [
  "service_started",
  "service_healthy",
  "service_completed_successfully",
] satisfies Dependency["condition"][];

function dependenciesOf({ depends_on: dependsOn }: ModelService): Dependency[] {
  return Object.entries(dependsOn ?? {}).map(([service, { condition, required = true }]) => ({
    service,
    condition: isCondition(condition) ? condition : "service_started",
    required,
  }));
}

function isCondition(text: string): text is Dependency["condition"] {
  return conditions.includes(text);
}

/** What the file says of a container that ends; null where it says nothing. docker compose has `deploy` win. */
function restartOf({ restart, deploy }: ModelService): "always" | "sometimes" | null {
  const condition = deploy?.restart_policy?.condition ?? "";
  if (condition !== "") {
    return condition === "any" ? "always" : "sometimes";
  }
  if (restart === undefined || restart === "") {
    return null;
  }
  return restart === "always" || restart === "unless-stopped" ? "always" : "sometimes";
}
