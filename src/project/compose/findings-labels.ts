import type { Finding } from "../../service.ts";
import { recordOf, shown } from "./findings-values.ts";
import type { ComposeModel } from "./model.ts";

/** Labels that say whose a thing in Docker is, so that only Goku and docker compose may set them. */
export function labelFindings(model: ComposeModel): Finding[] {
  const services = Object.entries(model.services).flatMap(([name, service]) =>
    [service.labels, service.build?.["labels"], service.deploy?.["labels"]].map(
      (labels) => [`service ${name}`, labels] as const,
    ),
  );
  const parts = (["networks", "volumes", "secrets", "configs"] as const).flatMap((kind) =>
    Object.entries(model[kind] ?? {}).map(
      ([name, part]) => [`${kind.slice(0, -1)} ${name}`, part?.["labels"]] as const,
    ),
  );
  return [...services, ...parts].flatMap(([who, labels]) =>
    Object.keys(recordOf(labels))
      .filter((label) => /^(?:goku|com\.docker\.(?:compose|swarm|stack))(?:\.|$)/i.test(label))
      .map((label) => ({
        kind: "unknown-keys",
        text: `${who} sets the label ${shown(label)}, which is not its to set`,
      })),
  );
}
