import type { DefinitionPart } from "../../service.ts";
import { escaped, plain } from "./dollars.ts";
import { hasVolumeEach, implicitVolume } from "./implicit-volumes.ts";
import type { ComposeModel, ModelMount } from "./model.ts";
import type { TreeMounts } from "./tree-mounts.ts";

/**
 * Mounts of a service's containers, as the definition has them: sources are Goku's, and those of `volumes_from` are its
 * own, so that it needs no other container to be made.
 */
export function volumesOf(
  model: ComposeModel,
  service: string,
  tree: TreeMounts,
): DefinitionPart[] {
  return mountsOf(model, service, lendersOf(model)).map((mount) => withSource(mount, tree));
}

function withSource(mount: ModelMount, tree: TreeMounts): ModelMount {
  if (mount.type !== "bind" || mount.source === undefined) {
    return mount;
  }
  const access = mount.read_only === true ? "reads" : "writes";
  return { ...mount, source: escaped(tree.source(plain(mount.source), access)) };
}

/** Keys of volumes that take the place of those without a name, in all services. */
export function implicitKeys(model: ComposeModel): string[] {
  const lenders = lendersOf(model);
  const sources = Object.keys(model.services).flatMap((service) =>
    mountsOf(model, service, lenders).flatMap(({ type, source }) =>
      type === "volume" && source !== undefined ? [source] : [],
    ),
  );
  return [...new Set(sources)].filter((key) => !Object.hasOwn(model.volumes ?? {}, key));
}

/** `volumes_from` that names a container of somebody else's. */
export function foreignVolumes({
  volumes_from: texts,
}: ComposeModel["services"][string]): string[] {
  return (texts ?? []).filter((text) => text.startsWith("container:"));
}

/** Services whose mounts others have by `volumes_from`. */
function lendersOf({ services }: ComposeModel): ReadonlySet<string> {
  const texts = Object.values(services).flatMap(({ volumes_from: lenders }) => lenders ?? []);
  return new Set(texts.map((text) => text.split(":")[0] ?? ""));
}

function mountsOf(
  model: ComposeModel,
  name: string,
  lenders: ReadonlySet<string>,
  askedBy: readonly string[] = [],
): readonly ModelMount[] {
  const service = model.services[name];
  if (service === undefined || askedBy.includes(name)) {
    return [];
  }
  // A built service's are for what its image has there (node_modules): each release gets its own.
  const isNamed = lenders.has(name) || (!service.build && !hasVolumeEach(service));
  const own = (service.volumes ?? []).map((mount) => (isNamed ? withName(mount, name) : mount));
  const lent = (service.volumes_from ?? [])
    .filter((text) => !text.startsWith("container:"))
    .flatMap((text) => {
      const [lender = "", mode] = text.split(":");
      const mounts = mountsOf(model, lender, lenders, [...askedBy, name]);
      return mode === "ro" ? mounts.map((mount) => ({ ...mount, read_only: true })) : mounts;
    });
  const seen = new Set<string>();
  return [...own, ...lent].filter(({ target }) => !seen.has(target) && seen.add(target));
}

function withName(mount: ModelMount, service: string): ModelMount {
  return mount.type === "volume" && mount.source === undefined
    ? { ...mount, source: implicitVolume(service, mount.target) }
    : mount;
}
