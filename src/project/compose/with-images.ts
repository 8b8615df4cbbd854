import type { ImageFacts } from "../../compose-ports.ts";
import type { ComposeProject } from "../../project.ts";
import type { Definition, DefinitionPart, Service, ServiceRoute } from "../../service.ts";
import { withoutEnd } from "../../without-end.ts";
import { withoutHttp } from "./choose-target.ts";
import { implicitVolume } from "./implicit-volumes.ts";
import { mayBeHttp } from "./service-ports.ts";
import { twinProblem } from "./twins.ts";

type Images = Readonly<Record<string, ImageFacts>>;

/**
 * The project with the ids of its images, and with what only images say: volumes that nothing is mounted over get a
 * name, so that their data outlives the container, and a route without a port gets the image's.
 * @param images by service
 */
export function withImages(project: ComposeProject, images: Images): ComposeProject {
  const { routes, notes: routeNotes } = routesWith(project, images);
  const routed = new Set(routes.map(({ service }) => service));
  const added = project.services.flatMap((service) =>
    uncovered(service, project.definition, images).map((target) => ({
      service: service.name,
      target,
      key: implicitVolume(service.name, target),
      isShared: routed.has(service.name) || service.replicas <= 1,
    })),
  );
  const named = added.filter(({ isShared }) => isShared);
  const definition = withVolumes(project.definition, named);
  const services = project.services.map((service) => ({
    ...service,
    noTwin:
      service.noTwin ??
      twinProblem(
        definition,
        service.name,
        { isRouted: routed.has(service.name), isBuilt: service.image === null },
        project.mounts,
        images[service.name]?.volumes,
      ),
  }));
  const builtNotes = named
    .filter(({ service }) => services.some(({ name, image }) => name === service && image === null))
    .map(
      ({ service, target }) =>
        `${target} of ${service} is a VOLUME of its image, and kept across releases: what a newer image has there is not seen.`,
    );
  const eachNotes = added
    .filter(({ isShared }) => !isShared)
    .map(
      ({ service, target }) =>
        `Each container of ${service} has a ${target} of its own, which goes with it: name a volume for it to keep it.`,
    );
  return {
    ...project,
    services,
    routes,
    definition,
    images: Object.fromEntries(Object.entries(images).map(([name, { id }]) => [name, id])),
    notes: [...project.notes, ...routeNotes, ...builtNotes, ...eachNotes],
  };
}

interface AddedVolume {
  readonly service: string;
  readonly target: string;
  readonly key: string;
}

function withVolumes(definition: Definition, added: readonly AddedVolume[]): Definition {
  const services = Object.entries(definition.services).map(([name, part]) => {
    const mounts = added
      .filter(({ service }) => service === name)
      .map(({ key, target }) => ({ type: "volume", source: key, target, volume: {} }));
    return [
      name,
      mounts.length === 0 ? part : { ...part, volumes: [...mountsOf(part), ...mounts] },
    ];
  });
  const volumes = added.map(({ key }) => [key, { "x-goku-name": key }]);
  return {
    ...definition,
    services: Object.fromEntries(services),
    volumes: { ...definition.volumes, ...Object.fromEntries(volumes) },
  };
}

/** Paths of VOLUME that would get a volume without a name, gone with its container. */
function uncovered({ name }: Service, { services }: Definition, images: Images): string[] {
  const part = services[name] ?? {};
  const tmpfs = [part["tmpfs"]]
    .flat()
    .flatMap((text) => (typeof text === "string" ? (text.split(":")[0] ?? "") : []));
  const covered = new Set(
    [...mountsOf(part).map(({ target }) => String(target)), ...tmpfs].map(withoutSlash),
  );
  const paths = (images[name]?.volumes ?? []).map(withoutSlash);
  return [...new Set(paths)].filter((path) => !covered.has(path)).toSorted();
}

function mountsOf(part: DefinitionPart): DefinitionPart[] {
  const volumes = part["volumes"];
  return Array.isArray(volumes) ? volumes : [];
}

function withoutSlash(path: string): string {
  return path.length > 1 ? withoutEnd(path, /\//) : path;
}

function routesWith(
  { routes }: ComposeProject,
  images: Images,
): Pick<ComposeProject, "routes" | "notes"> {
  const notes: string[] = [];
  const found = routes.flatMap((route): ServiceRoute[] => {
    if (route.port !== 0) {
      return [route];
    }
    const ports = (images[route.service]?.ports ?? []).filter(mayBeHttp);
    const port = ports.find((each) => each !== 443) ?? ports[0];
    if (port === undefined) {
      notes.push(
        withoutHttp(`the image of ${route.service} names no port that may be HTTP`, route.service),
      );
      return [];
    }
    if (ports.length > 1) {
      notes.push(
        `Of the ports ${ports.join(", ")} of ${route.service}'s image, ${port} answers HTTP.`,
      );
    }
    return [{ ...route, port }];
  });
  return { routes: found, notes };
}
