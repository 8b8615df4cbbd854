import type { App } from "../../app.ts";
import { isGokuError } from "../../errors.ts";
import type { Volume } from "../../compose-ports.ts";
import type { Release } from "../../release.ts";
import type { Parts, Request } from "../parts.ts";
import { appVolume, nameInApp } from "../plan/app-volumes.ts";

/** Whose volumes are meant: an app, or one that is gone and has left some. */
export interface VolumeOwner {
  readonly id: string;
  readonly name: string;
  /** Null when it is gone. */
  readonly app: App | null;
}

/** A folder or file of the tree that containers write to. */
export interface KeptFolder {
  /** In the tree; empty for the tree itself. */
  readonly path: string;
  /** Absolute path on the server. */
  readonly source: string;
}

export interface OwnedVolume extends Volume {
  /** Where the containers of a Dockerfile's live release have it; null for one they do not have, and of a project. */
  readonly path: string | null;
}

export interface UnneededVolume {
  readonly app: string;
  readonly volume: string;
}

/** How far back it is known which apps there were. */
const eventsRead = 10_000;

/** By name or id, of apps that are gone as well. */
export function volumeOwner(parts: Parts, name: string): VolumeOwner {
  const app = parts.store.apps.find(name);
  if (app !== null) {
    return { id: app.id, name: app.name, app };
  }
  const gone = goneApps(parts).find((other) => other.name === name || other.id === name);
  return gone ?? { id: name, name, app: null };
}

/** All apps, and those that were removed as far as the events still tell. */
export function volumeOwners(parts: Parts): VolumeOwner[] {
  const apps = parts.store.apps.all().map((app) => ({ id: app.id, name: app.name, app }));
  return [...apps, ...goneApps(parts)];
}

function goneApps({ store }: Parts): VolumeOwner[] {
  const removed = store.events
    .list(null, eventsRead)
    .flatMap(({ app: id, what, detail: name }) =>
      what === "remove" && id !== null && store.apps.find(id) === null
        ? [{ id, name, app: null }]
        : [],
    );
  return [...new Map(removed.map((owner) => [owner.id, owner])).values()];
}

export async function volumesOf(parts: Parts, { id }: VolumeOwner): Promise<OwnedVolume[]> {
  const volumes = await parts.composer.listVolumes(id);
  const project = parts.store.releases.live(id)?.project;
  const paths = project?.kind === "dockerfile" ? project.volumes : [];
  const byName = new Map(paths.map((path) => [appVolume(path).name, path]));
  return volumes.map(({ name, used, createdAt }) => ({
    name,
    used,
    createdAt,
    path: byName.get(nameInApp(id, name)) ?? null,
  }));
}

/** What containers of the live release write to and keep. */
export function keptFolders(parts: Parts, { id }: VolumeOwner): KeptFolder[] {
  const project = parts.store.releases.live(id)?.project;
  return project?.kind === "compose"
    ? project.mounts
        .filter(({ kind }) => kind === "kept")
        .map(({ path, source }) => ({ path, source }))
    : [];
}

/** Volumes that no container uses and that the live release does not name: those of services that are no more. */
export async function unneededVolumes(parts: Parts, owner: VolumeOwner): Promise<UnneededVolume[]> {
  const volumes = await volumesOf(parts, owner);
  const named = namesIn(parts.store.releases.live(owner.id));
  return volumes
    .filter(({ name, used }) => !used && !named.has(nameInApp(owner.id, name)))
    .map(({ name }) => ({ app: owner.name, volume: name }));
}

/** Removes them, in the app's turn: a deploy may be about to use one. @returns those that are gone */
export async function pruneVolumes(
  parts: Parts,
  owner: VolumeOwner,
  { by, report, signal }: Request,
): Promise<UnneededVolume[]> {
  if ((await unneededVolumes(parts, owner)).length === 0) {
    return [];
  }
  const title = `a clean-up of volumes by ${by}`;
  const job = { app: owner.id, title, kind: "change" as const, report, signal };
  return parts.queue.run(job, async () => {
    const removed: UnneededVolume[] = [];
    for (const unneeded of await unneededVolumes(parts, owner)) {
      if (await removeVolume(parts, unneeded.volume)) {
        removed.push(unneeded);
      }
    }
    const detail = removed.map(({ volume }) => volume).join(" ");
    if (removed.length > 0) {
      parts.store.events.add({ app: owner.id, who: by, what: "volumes:prune", detail });
    }
    return removed;
  });
}

/** False where a container has begun to use it. */
async function removeVolume(parts: Parts, name: string): Promise<boolean> {
  try {
    await parts.composer.removeVolume(name);
    return true;
  } catch (error) {
    if (isGokuError(error) && error.code === "conflict") {
      return false;
    }
    throw error;
  }
}

function namesIn(live: Release | null): ReadonlySet<unknown> {
  const project = live?.project;
  if (project?.kind === "dockerfile") {
    return new Set(project.volumes.map((path) => appVolume(path).name));
  }
  return project?.kind === "compose"
    ? new Set(
        Object.entries(project.definition.volumes).map(([key, part]) => part["x-goku-name"] ?? key),
      )
    : new Set();
}
