import { badProject } from "../../errors.ts";
import type { DefinitionPart } from "../../service.ts";
import { escaped, plain } from "./dollars.ts";
import { hasVolumeEach, implicitVolume } from "./implicit-volumes.ts";
import type { ComposeModel, ModelMount } from "./model.ts";
import type { TreeMounts } from "./tree-mounts.ts";

/** What all services of a file may mount together, that of `volumes_from` included. */
export const mostMounts = 10_000;

/** What the containers of each service mount, by its name. */
export type ServiceMounts = ReadonlyMap<string, readonly ModelMount[]>;

/**
 * Mounts of services, those of `volumes_from` among them, so that no container needs another to be made.
 * @throws badProject for more than can be
 */
export function readServiceMounts({ services }: ComposeModel, file: string): ServiceMounts {
  const lenders = lendersOf(services);
  const known = new Map<string, readonly ModelMount[]>();
  let count = 0;

  function mountsOf(name: string): readonly ModelMount[] {
    const service = services[name];
    const before = known.get(name);
    if (service === undefined || before !== undefined) {
      return before ?? [];
    }
    // For those that ask for their own; docker compose refuses files that go round in a circle.
    known.set(name, []);
    // A built service's are for what its image has there (node_modules): each release gets its own.
    const isNamed = lenders.has(name) || (!service.build && !hasVolumeEach(service));
    const mounts = new Map<string, ModelMount>();
    const add = (mount: ModelMount) => mounts.has(mount.target) || mounts.set(mount.target, mount);
    (service.volumes ?? []).forEach((mount) => add(isNamed ? withName(mount, name) : mount));
    for (const [lender, mode] of lendersFor(service)) {
      const lent = mountsOf(lender);
      lent.forEach((mount) => add(mode === "ro" ? { ...mount, read_only: true } : mount));
    }
    count += mounts.size;
    if (count > mostMounts) {
      throw badProject(
        `${file} has more than ${mostMounts} mounts with those that services take from one another (volumes_from).`,
        "Name the volumes where they are needed, or divide the file among several repositories.",
      );
    }
    known.set(name, [...mounts.values()]);
    return known.get(name) ?? [];
  }

  return new Map(Object.keys(services).map((name) => [name, mountsOf(name)]));
}

/** Mounts as the definition has them: sources are Goku's. */
export function volumesOf(
  mounts: ServiceMounts,
  service: string,
  tree: TreeMounts,
): DefinitionPart[] {
  return (mounts.get(service) ?? []).map((mount) => withSource(mount, tree));
}

function withSource(mount: ModelMount, tree: TreeMounts): ModelMount {
  if (mount.type !== "bind" || mount.source === undefined) {
    return mount;
  }
  const access = mount.read_only === true ? "reads" : "writes";
  return { ...mount, source: escaped(tree.source(plain(mount.source), access)) };
}

/** Keys of volumes that take the place of those without a name, in all services. */
export function implicitKeys({ volumes }: ComposeModel, mounts: ServiceMounts): string[] {
  const sources = [...mounts.values()]
    .flat()
    .flatMap(({ type, source }) => (type === "volume" && source !== undefined ? [source] : []));
  return [...new Set(sources)].filter((key) => !Object.hasOwn(volumes ?? {}, key));
}

/** `volumes_from` that names a container of somebody else's. */
export function foreignVolumes({
  volumes_from: texts,
}: ComposeModel["services"][string]): string[] {
  return (texts ?? []).filter((text) => text.startsWith("container:"));
}

/** Services whose mounts others have by `volumes_from`. */
function lendersOf(services: ComposeModel["services"]): ReadonlySet<string> {
  const texts = Object.values(services).flatMap(({ volumes_from: lenders }) => lenders ?? []);
  return new Set(texts.map((text) => text.split(":")[0] ?? ""));
}

/** Each with how it is first asked for: what it lends has its place then. */
function lendersFor({ volumes_from: texts }: ComposeModel["services"][string]) {
  const asked = new Map<string, string | undefined>();
  for (const text of texts ?? []) {
    const [lender = "", mode] = text.split(":");
    if (!text.startsWith("container:") && !asked.has(lender)) {
      asked.set(lender, mode);
    }
  }
  return asked;
}

function withName(mount: ModelMount, service: string): ModelMount {
  return mount.type === "volume" && mount.source === undefined
    ? { ...mount, source: implicitVolume(service, mount.target) }
    : mount;
}
