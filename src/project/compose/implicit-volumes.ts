import type { ModelService } from "./model.ts";
import { hashOfText } from "./hash-of.ts";

/** Key of the named volume that takes the place of one without a name: `db-var-lib-mysql-1f0c9a2b`. */
export function implicitVolume(service: string, target: string): string {
  const words = target.replaceAll(/[^A-Za-z0-9]+/g, "-").replaceAll(/^-|-$/g, "");
  return `${service}-${words}-${hashOfText(target).slice(0, 8)}`;
}

/**
 * A service that cannot share its volumes with another container of its own: several of a database on one folder would
 * ruin it.
 */
export function hasVolumeEach({ scale, deploy }: ModelService): boolean {
  return (scale ?? deploy?.replicas ?? 1) > 1;
}
