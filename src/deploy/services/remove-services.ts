import type { Parts } from "../parts.ts";

/** Stops and removes all containers of services of an app, and its networks. Volumes stay. */
export async function removeServices(parts: Parts, app: string): Promise<void> {
  const { composer, engine } = parts;
  const containers = await composer.listServices(app);
  await Promise.all(
    containers.map(async ({ id }) => {
      await engine.stopReplica(id, null);
      await engine.removeReplica(id);
    }),
  );
  await composer.removeUnusedNetworks(app);
}
