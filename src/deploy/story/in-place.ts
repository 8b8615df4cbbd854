import type { App } from "../../app.ts";
import { badProject } from "../../errors.ts";
import type { Parts } from "../parts.ts";
import type { Report } from "../report.ts";
import type { Runnable } from "../plan/shape.ts";

/** A port of the host belongs to one container at a time, so such a release can have no twin beside it. */
export function cannotHaveTwin(release: Runnable): boolean {
  return release.project.published.length > 0;
}

/** @throws badProject for a release that could not run whatever else stops */
export function assertOneContainer(release: Pick<Runnable, "project" | "scale">): void {
  if (release.project.published.length > 0 && release.scale > 1) {
    throw badProject(
      `An app with # PORTS_FROM_HOST runs in one container, and this one is set to ${release.scale}.`,
      "Take the line out of the Dockerfile, or set the scale first: octo scale APP=1",
    );
  }
}

/** Takes the old replicas away before the new ones start, and says so first. */
export async function makeRoom(
  parts: Parts,
  app: App,
  release: Runnable,
  report: Report,
): Promise<void> {
  const replicas = await parts.engine.listReplicas(app.id);
  const old = replicas.filter((replica) => replica.version < release.version);
  if (old.length === 0) {
    return;
  }
  const ports = release.project.published.map(({ hostPort }) => hostPort).join(", ");
  report.warn(
    `The server's port ${ports} can be held by one container only, so the old one stops before the new one starts.`,
  );
  await Promise.all(
    old.map(async (replica) => {
      await parts.engine.stopReplica(replica.id, parts.settings.stopMs);
      await parts.engine.removeReplica(replica.id);
    }),
  );
}
