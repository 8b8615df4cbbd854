import { withoutEnd } from "../../without-end.ts";
import type { Definition, DefinitionPart, TreeMount } from "../../service.ts";
import { plain } from "./dollars.ts";
import type { ModelMount, ModelService } from "./model.ts";
import { isFixed } from "./service-ports.ts";

/**
 * Why a second set of containers cannot run beside the first, as the end of a sentence; null when it can. A routed
 * service's containers are made to run side by side, also on the same data, and so is the project's own code; what others
 * made and what writes to a volume is a database, or like one. Code of the project's own is one where its image says VOLUME.
 * @param mounts those of the project
 * @param volumes paths of VOLUME of the service's image, as far as they are known
 */
export function twinProblem(
  { services }: Pick<Definition, "services">,
  name: string,
  { isRouted, isBuilt }: { readonly isRouted: boolean; readonly isBuilt: boolean },
  mounts: readonly TreeMount[],
  volumes: readonly string[] = [],
): string | null {
  // A definition's services are a model's with fewer keys.
  const service = (services[name] ?? {}) as Partial<ModelService>;
  const always = portProblem(service) ?? addressProblem(service) ?? deviceProblem(service);
  return isRouted || always !== null
    ? always
    : (dataProblem(service, mounts, isBuilt ? volumes : null) ?? namespaceProblem(services, name));
}

function portProblem({ ports }: Partial<ModelService>): string | null {
  const port = ports?.find(isFixed);
  return port === undefined ? null : `it publishes port ${port.published} of the server`;
}

function addressProblem({ networks, mac_address: mac }: Partial<ModelService>): string | null {
  const fixed = Object.values(networks ?? {})
    .flatMap((part) => [part?.["ipv4_address"], part?.["ipv6_address"], part?.["mac_address"]])
    .concat(mac)
    .find((address) => typeof address === "string" && address !== "");
  return typeof fixed === "string" ? `it has the fixed address ${fixed}` : null;
}

function deviceProblem({ devices }: Partial<ModelService>): string | null {
  return (devices ?? []).length > 0 ? "it uses a device of the server" : null;
}

/** @param only null: whatever it writes to counts; else what is mounted at these paths of the container */
function dataProblem(
  service: Partial<ModelService>,
  mounts: readonly TreeMount[],
  only: readonly string[] | null,
): string | null {
  const folders = only?.map(slashed) ?? [];
  const data = dataMounts(service, mounts).find(
    ({ target }) => only === null || folders.some(overlaps(slashed(target))),
  );
  if (data === undefined) {
    return null;
  }
  const source = plain(data.source ?? "");
  const kept = mounts.find((mount) => mount.source === source);
  return data.type === "volume"
    ? `it writes to the volume ${source}`
    : `it writes to ${kept === undefined ? source : `./${kept.path}`}`;
}

/**
 * Volumes and folders that a service's containers write to, and that outlive them.
 * @param mounts those of the project
 */
export function dataMounts(
  { volumes }: Partial<ModelService>,
  mounts: readonly TreeMount[],
): ModelMount[] {
  const contents = new Set(
    mounts.flatMap(({ kind, source }) => (kind === "content" ? source : [])),
  );
  return (volumes ?? []).filter(
    ({ type, source, read_only: readOnly }) =>
      source !== undefined &&
      readOnly !== true &&
      (type === "volume" || (type === "bind" && !contents.has(plain(source)) && !isSocket(source))),
  );
}

/** One of two folders is the other, or in it. */
function overlaps(one: string): (other: string) => boolean {
  return (other) => one.startsWith(other) || other.startsWith(one);
}

function slashed(path: string): string {
  return `${withoutEnd(path, /\//)}/`;
}

/** What writes to a socket talks to somebody, and keeps nothing there. */
function isSocket(path: string): boolean {
  return path.endsWith(".sock");
}

function namespaceProblem(services: Definition["services"], name: string): string | null {
  const { network_mode: mode } = (services[name] ?? {}) as Partial<ModelService>;
  if (mode === "host") {
    return "it uses the server's network";
  }
  const host = sharedKeys
    .map((key) => sharedService(services[name], key))
    .find((found) => found !== null);
  if (host !== undefined) {
    return `it shares a namespace of ${host}`;
  }
  const guest = Object.keys(services).find((other) =>
    sharedKeys.some((key) => sharedService(services[other], key) === name),
  );
  return guest === undefined ? null : `${guest} shares a namespace of it`;
}

const sharedKeys = ["network_mode", "ipc", "pid"];

function sharedService(part: DefinitionPart | undefined, key: string): string | null {
  const value = part?.[key];
  return typeof value === "string" && value.startsWith("service:")
    ? value.slice("service:".length)
    : null;
}
