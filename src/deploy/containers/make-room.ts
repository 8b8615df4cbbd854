import { badProject } from "../../errors.ts";
import type { Replica } from "../../ports.ts";
import type { Parts } from "../parts.ts";
import type { DockerfileRelease } from "../plan/shape.ts";
import type { Report } from "../report.ts";

/** @throws badProject for a release that could not run whatever else stops */
export function assertOneContainer(release: Pick<DockerfileRelease, "project" | "scale">): void {
  if (release.project.published.length > 0 && release.scale > 1) {
    throw badProject(
      `An app with # PORTS_FROM_HOST runs in one container, and this one is set to ${release.scale}.`,
      "Take the line out of the Dockerfile, or set the scale first: octo scale APP=1",
    );
  }
}

/** Replicas of the app that hold a port of the server which the release needs: they can have no twin beside them. */
export async function portHolders(parts: Parts, release: DockerfileRelease): Promise<Replica[]> {
  const wanted = new Set(release.project.published.map(({ hostPort }) => hostPort));
  if (wanted.size === 0) {
    return [];
  }
  const holds = ({ version }: Replica) => {
    const older =
      version < release.version ? parts.store.releases.find(release.app, version) : null;
    return (
      older?.project?.kind === "dockerfile" &&
      older.project.published.some(({ hostPort }) => wanted.has(hostPort))
    );
  };
  return (await parts.engine.listReplicas(release.app)).filter(holds);
}

/** Takes them away before the new ones start, and says so first. */
export async function makeRoom(
  parts: Parts,
  release: DockerfileRelease,
  holders: readonly Replica[],
  report: Report,
): Promise<void> {
  const ports = release.project.published.map(({ hostPort }) => hostPort).join(", ");
  report.warn(
    `The server's port ${ports} can be held by one container only, so the old one stops before the new one starts.`,
  );
  await Promise.all(
    holders.map(async (replica) => {
      await parts.engine.stopReplica(replica.id, parts.settings.stopMs);
      await parts.engine.removeReplica(replica.id);
    }),
  );
}
