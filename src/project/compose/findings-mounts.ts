import type { Finding } from "../../service.ts";
import { withoutEnd } from "../../without-end.ts";
import type { Paths } from "./findings-paths.ts";
import { listOf, recordOf, shown } from "./findings-values.ts";
import type { ComposeModel, ModelMount, ModelService } from "./model.ts";

/** What a service mounts that is neither the app's own files nor its own volumes. */
export function mountFindings(name: string, service: ModelService, paths: Paths): Finding[] {
  const who = `service ${name}`;
  return [
    ...(service.volumes ?? []).flatMap((mount) => ofMount(who, mount, paths)),
    ...listOf(service["volumes_from"])
      .filter((source) => String(source).startsWith("container:"))
      .map((source): Finding => ({
        kind: "volumes",
        text: `${who} takes the volumes of ${shown(source)}`,
      })),
  ];
}

function ofMount(who: string, mount: ModelMount, paths: Paths): Finding[] {
  if (mount.type === "volume" || mount.type === "tmpfs") {
    return [];
  }
  if (mount.type !== "bind" || mount.source === undefined) {
    return [{ kind: "host-mounts", text: `${who} has a mount of the type ${shown(mount.type)}` }];
  }
  return [...ofBind(who, mount.source, mount, paths), ...propagation(who, mount)];
}

function ofBind(who: string, source: string, mount: ModelMount, paths: Paths): Finding[] {
  const told = paths.outside(source);
  if (told === null || (isClock(source) && mount.read_only === true)) {
    return [];
  }
  return hostPathFindings(`${who} mounts ${shown(told)}`, paths.real(source));
}

/** Of a mount of the server's file or folder. @param real all that its path means, symlinks resolved or not */
export function hostPathFindings(text: string, real: readonly string[]): Finding[] {
  const sockets = real.some(isSocketOfDocker);
  const holdsSocket = sockets || real.some((path) => holdingSocket.has(canonical(path)));
  return [
    ...(holdsSocket ? [{ kind: "docker-socket", text } as const] : []),
    ...(sockets ? [] : [{ kind: "host-mounts", text } as const]),
  ];
}

/** Docker's, and those of what works for it or like it. */
function isSocketOfDocker(path: string): boolean {
  return /(?:^|\/)(?:docker|containerd|podman|buildkitd|crio)\.sock$/.test(canonical(path));
}

const holdingSocket = new Set([
  "",
  "/var",
  "/run",
  "/run/docker",
  "/run/containerd",
  "/run/podman",
  "/run/buildkit",
  "/run/crio",
]);

/** `/var/run` is `/run` on every system there is. */
function canonical(path: string): string {
  return withoutEnd(path, /\//).replace(/^\/var\/run(?=\/|$)/, "/run");
}

/** So that containers know the time zone: harmless, and in many a file. */
function isClock(source: string): boolean {
  return source === "/etc/localtime" || source === "/etc/timezone";
}

/** What is mounted in the container would be mounted on the server. */
function propagation(who: string, mount: ModelMount): Finding[] {
  const value = recordOf(mount["bind"])["propagation"];
  return value === "shared" || value === "rshared"
    ? [{ kind: "host-mounts", text: `${who} shares mounts below ${mount.target} with the server` }]
    : [];
}

/** Secrets and configs that are files of the server. */
export function fileFindings(model: ComposeModel, paths: Paths): Finding[] {
  const parts = [
    ...Object.entries(model.secrets ?? {}).map(([name, part]) => [`secret ${name}`, part] as const),
    ...Object.entries(model.configs ?? {}).map(([name, part]) => [`config ${name}`, part] as const),
  ];
  return parts.flatMap(([who, part]) => {
    const file = part?.file;
    const told = file === undefined ? null : paths.outside(file);
    return file === undefined || told === null
      ? []
      : hostPathFindings(`${who} is the file ${shown(told)}`, paths.real(file));
  });
}
