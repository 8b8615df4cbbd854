import { badProject } from "../../errors.ts";
import type { ComposeProject } from "../../project.ts";
import { isDefaultBranch, readDomains } from "../own-domains.ts";
import { hasSubmodules } from "../project-files.ts";
import type { ComposeInput } from "./compose-input.ts";
import { makeDefinition } from "./definition.ts";
import { readExtension, readPgoExtension, type Extension } from "./extension.ts";
import { inlineMounts } from "./file-sources.ts";
import { findingsOf } from "./findings.ts";
import type { ComposeModel, ModelPort } from "./model.ts";
import { readAliases } from "./network-aliases.ts";
import {
  freedPortNotes,
  keptTreeNotes,
  leftOutNotes,
  unsetVarNotes,
  warningNotes,
} from "./notes.ts";
import { nameNotes } from "./project-names.ts";
import { type Routing, readRouting } from "./routing.ts";
import { isTcp } from "./service-ports.ts";
import { maxReplicas, readServices } from "./services.ts";
import { readTreeMounts } from "./tree-mounts.ts";

export { exposedByService } from "./built-ports.ts";
export type { ComposeInput } from "./compose-input.ts";
export { readDockerfiles } from "./dockerfiles.ts";
export { type BuildSecret, buildSecrets, type InlineFile, inlineFiles } from "./file-sources.ts";
export { dockerfilesOf, type HostPaths, hostPaths } from "./host-paths.ts";

/**
 * What a compose file means for Goku, before there are images (`withImages`).
 * @throws badProject for what cannot be run here, or cannot be told from the file
 */
export function readCompose(input: ComposeInput): ComposeProject {
  const { model, app, file, files } = input;
  assertServices(model, file);
  const extension = readExtension(model, file);
  const pgoNotes = readPgoExtension(model, file);
  const routing = readRouting({
    model,
    extension,
    file,
    exposed: input.exposed,
    isDefaultBranch: isDefaultBranch(app),
  });
  const isFreed = freedBy(routing, extension);
  const tree = readTreeMounts(input);
  const aliases = readAliases(model, file);
  const definition = makeDefinition(input, tree, aliases, isFreed);
  const routed = new Set(routing.routes.map(({ service }) => service));
  const cname = readDomains(files, app);
  const given = new Set(routing.routes.flatMap(({ domains }) => domains));
  return {
    kind: "compose",
    file,
    submodules: hasSubmodules(files),
    services: readServices(model, definition, tree.mounts, routed, extension),
    routes: routing.routes,
    domains: cname.domains.filter((domain) => !given.has(domain)),
    release: releaseOf(extension, routing, file),
    definition,
    mounts: [...tree.mounts, ...inlineMounts(input)],
    findings: findingsOf(asRun(model, isFreed), input.facts, {
      folder: input.tree,
      otherApps: input.otherApps,
      dockerfiles: input.dockerfiles,
    }),
    images: {},
    notes: [
      ...warningNotes(input),
      ...routing.notes,
      ...freedPortNotes(input, isFreed),
      ...unsetVarNotes(input),
      ...aliases.notes,
      ...nameNotes(input),
      ...keptTreeNotes(tree.mounts),
      ...leftOutNotes(input),
      ...pgoNotes,
      ...cname.notes,
    ],
  };
}

/** A port of the server that leads to where HTTP goes is in the way of a twin, and of no use. */
function freedBy({ routes, unrouted }: Routing, { publish }: Extension) {
  const targets = new Set(
    [...routes, ...unrouted].map(({ service, port }) => `${service}:${port}`),
  );
  return (service: string, port: ModelPort) =>
    !publish && isTcp(port) && targets.has(`${service}:${port.target}`);
}

/** The model as far as it counts: ports that are left free ask for nothing, nor do names that Goku gives itself. */
function asRun(model: ComposeModel, isFreed: ReturnType<typeof freedBy>): ComposeModel {
  const services = Object.entries(model.services).map(([name, service]) => {
    const ports = service.ports?.filter((port) => !isFreed(name, port));
    return [name, { ...service, ports }];
  });
  return {
    ...model,
    services: Object.fromEntries(services),
    networks: withoutOwnNames(model.networks),
    volumes: withoutOwnNames(model.volumes),
  };
}

function withoutOwnNames<Part extends { readonly external?: boolean }>(
  parts: Record<string, Part | null> | null | undefined,
): Record<string, Part | null> {
  return Object.fromEntries(
    Object.entries(parts ?? {}).map(([key, part]) =>
      part === null || part.external === true ? [key, part] : [key, { ...part, name: undefined }],
    ),
  );
}

function releaseOf(
  { release }: Extension,
  { routes }: Routing,
  file: string,
): ComposeProject["release"] {
  const service = release?.service ?? routes[0]?.service;
  if (release === null) {
    return null;
  }
  if (service === undefined) {
    throw badProject(
      `${file}: x-goku has a release command and does not say in which service it runs.`,
      `Say so: x-goku: {release: {service: SERVICE, command: ${JSON.stringify(release.command)}}}`,
    );
  }
  return { service, command: release.command };
}

function assertServices({ services }: ComposeModel, file: string): void {
  const parts = Object.entries(services);
  if (parts.length === 0) {
    throw badProject(
      `${file} has no service to run.`,
      "Add one, or take those that belong to profiles out of them.",
    );
  }
  const empty = parts.find(([, { image, build }]) => image === undefined && !build);
  if (empty !== undefined) {
    throw badProject(
      `${file}: the service ${empty[0]} has neither an image nor a build, and Goku runs containers only.`,
      `Give it an image, or take it out.`,
    );
  }
  for (const [name, { scale, deploy }] of parts) {
    const replicas = scale ?? deploy?.replicas ?? 1;
    if (replicas > maxReplicas) {
      throw badProject(
        `${file}: the service ${name} asks for ${replicas} containers, and a service can have ${maxReplicas}.`,
        "Correct `scale` or `deploy.replicas`.",
      );
    }
  }
}
