import { badProject } from "../../errors.ts";
import type { Replica } from "../../ports.ts";
import { allEnded } from "../../system/all-ended.ts";
import type { Parts } from "../parts.ts";
import { type DockerfileRelease, isAlone, isDockerfile } from "../plan/shape.ts";
import type { Report } from "../report.ts";
import { endContainer } from "../story/end-container.ts";

/** @throws badProject for a release that could not run whatever else stops */
export function assertOneContainer(release: DockerfileRelease): void {
  if (release.scale === 1) {
    return;
  }
  if (release.project.published.length > 0) {
    throw badProject(
      `An app with # PORTS_FROM_HOST runs in one container, and this one is set to ${release.scale}.`,
      `Take the line out of the Dockerfile, or set the scale first: octo scale ${release.app}=1`,
    );
  }
  if (isAlone(release)) {
    throw badProject(
      `An app without HTTP that has a VOLUME (${release.project.volumes.join(", ")}) runs in one container, since two could ruin each other's data; this one is set to ${release.scale}.`,
      `Set the scale first: octo scale ${release.app}=1`,
    );
  }
}

/** Why a replica and those of a release cannot run at the same time, as the beginning of a sentence; null when they can. */
function conflict(release: DockerfileRelease, other: DockerfileRelease): string | null {
  const ports = new Set(release.project.published.map(({ hostPort }) => hostPort));
  if (other.project.published.some(({ hostPort }) => ports.has(hostPort))) {
    const held = `${ports.size === 1 ? "port" : "ports"} ${[...ports].join(", ")}`;
    return `The server's ${held} can be held by one container only`;
  }
  const paths = release.project.volumes.filter((path) => other.project.volumes.includes(path));
  if (paths.length > 0 && (isAlone(release) || isAlone(other))) {
    return `The data in ${paths.join(", ")} can be one container's only`;
  }
  return null;
}

/** A replica that cannot run beside those of a release, and why. */
export interface Holder {
  readonly replica: Replica;
  readonly why: string;
}

/** True where what runs may be in the way. */
export function needsRoom({ project }: DockerfileRelease): boolean {
  return project.published.length + project.volumes.length > 0;
}

/** Replicas of the app's other releases that hold a port of the server or data which the release needs to itself. */
export function holdersOf(
  parts: Parts,
  release: DockerfileRelease,
  replicas: readonly Replica[],
): Holder[] {
  return replicas.flatMap((replica) => {
    const other =
      replica.version === release.version
        ? null
        : parts.store.releases.find(release.app, replica.version);
    const why = other !== null && isDockerfile(other) ? conflict(release, other) : null;
    return why === null ? [] : [{ replica, why }];
  });
}

/** Takes them away before the new ones start, and says so first. */
export async function makeRoom(
  parts: Parts,
  holders: readonly Holder[],
  report: Report,
): Promise<void> {
  new Set(holders.map(({ why }) => why)).forEach((why) => {
    report.warn(`${why}, so the old one stops before the new one starts.`);
  });
  const seconds = parts.settings.stopMs / 1000;
  report.detail(
    holders.length === 1
      ? `Stopping the old container; it has ${seconds} s to end`
      : `Stopping the old containers; they have ${seconds} s to end`,
  );
  await allEnded(
    holders.map(({ replica }) => endContainer(parts.engine, replica.id, parts.settings.stopMs)),
  );
}
