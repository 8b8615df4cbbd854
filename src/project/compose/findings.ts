import type { PathFacts } from "../../compose-ports.ts";
import type { Finding } from "../../service.ts";
import type { ReadDockerfile } from "./dockerfiles.ts";
import { buildFindings } from "./findings-build.ts";
import { frontendFindings, imageFindings, unreadFindings } from "./findings-images.ts";
import { isolationFindings } from "./findings-isolation.ts";
import { unknownKeys } from "./findings-keys.ts";
import { fileFindings, mountFindings } from "./findings-mounts.ts";
import { nameProblems } from "./findings-names.ts";
import { nestedFindings } from "./findings-nested.ts";
import { networkFindings, serviceNetworkFindings } from "./findings-networks.ts";
import { pathsIn } from "./findings-paths.ts";
import { portFindings } from "./findings-ports.ts";
import { volumeFindings } from "./findings-volumes.ts";
import type { ComposeModel } from "./model.ts";

export { frontendFinding, imagesOfOthers } from "./findings-images.ts";

export interface FindingsContext {
  /** The checked-out tree, absolute. */
  readonly folder: string;
  /** Ids of all other apps of the server, as they begin names in Docker. */
  readonly otherApps: readonly string[];
  /** By service that is built, as far as they could be read. */
  readonly dockerfiles?: ReadonlyMap<string, ReadDockerfile>;
  /** By service, the port that requests are routed to and that is not published. */
  readonly routedPorts?: ReadonlyMap<string, number>;
}

/**
 * All that an interpreted compose file asks for beyond its own app, each once. What is not known to be harmless is told.
 * @param facts of paths as they are meant (`$` once); a path without facts counts as outside of the tree
 */
export function findingsOf(
  model: ComposeModel,
  facts: ReadonlyMap<string, PathFacts>,
  { folder, otherApps, dockerfiles = new Map(), routedPorts = new Map() }: FindingsContext,
): Finding[] {
  const paths = pathsIn(folder, facts);
  const nameProblem = nameProblems(model, otherApps);
  const services = Object.entries(model.services);
  const all = [
    ...services.flatMap(([name, service]) => isolationFindings(name, service)),
    ...services.flatMap(([name, service]) => mountFindings(name, service, paths)),
    ...services.flatMap(([name, service]) => portFindings(name, service, routedPorts.get(name))),
    ...services.flatMap(([name, service]) => serviceNetworkFindings(name, service, otherApps)),
    ...services.flatMap(([name, service]) => buildFindings(name, service, model, paths)),
    ...imageFindings(model.services, otherApps, dockerfiles),
    ...services.flatMap(([name, service]) =>
      unreadFindings(name, service, paths, dockerfiles.get(name)),
    ),
    ...services.flatMap(([name, service]) =>
      frontendFindings(name, service, dockerfiles.get(name)),
    ),
    ...nestedFindings(model, paths),
    ...fileFindings(model, paths),
    ...volumeFindings(model, nameProblem, paths),
    ...networkFindings(model, nameProblem),
    ...unknownKeys(model),
  ];
  return [...new Map(all.map((finding) => [`${finding.kind} ${finding.text}`, finding])).values()];
}
