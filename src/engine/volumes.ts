import type Docker from "dockerode";
import { orNull, tolerate } from "./client/docker.ts";
import { removeContainer } from "./client/remove-container.ts";
import { listContainers } from "./container-list.ts";
import { label, readReplica, readService } from "./labels.ts";
import { dataContainerMissing } from "./start-failure.ts";

/** Where volumes of a container are mounted in it; none when it is gone. */
export async function volumePaths(docker: Docker, container: string): Promise<string[]> {
  const found = await orNull(docker.getContainer(container).inspect());
  return (found?.Mounts ?? []).map(({ Destination }) => Destination);
}

/** @param name null: none is wanted. @throws badProject */
export async function checkDataContainer(docker: Docker, name: string | null): Promise<void> {
  if (name !== null && (await orNull(docker.getContainer(name).inspect())) === null) {
    throw dataContainerMissing(name);
  }
}

/**
 * Removes what an app leaves behind to be kept: its named volumes and its data containers, as far as they carry the
 * instance's and the app's label.
 */
export async function removeVolumes(docker: Docker, instance: string, app: string): Promise<void> {
  const theirs = `${label.app}=${app}`;
  const containers = await listContainers(docker, instance, [theirs]);
  const data = containers.filter(
    ({ labels }) =>
      readReplica(labels) === null &&
      readService(labels) === null &&
      labels[label.role] === undefined,
  );
  await Promise.all(data.map(({ id }) => removeContainer(docker, id)));
  const { Volumes } = await docker.listVolumes({
    filters: JSON.stringify({ label: [`${label.instance}=${instance}`, theirs] }),
  });
  await Promise.all(
    (Volumes ?? []).map(({ Name }) => tolerate(docker.getVolume(Name).remove(), 404)),
  );
}
