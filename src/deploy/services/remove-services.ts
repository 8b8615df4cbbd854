import { allEnded } from "../../system/all-ended.ts";
import type { Parts } from "../parts.ts";
import { endContainer } from "../story/end-container.ts";

/** Stops and removes all containers of services of an app, and its networks. Volumes stay. */
export async function removeServices(parts: Parts, app: string): Promise<void> {
  const { composer, engine } = parts;
  const containers = await composer.listServices(app);
  await allEnded(containers.map(({ id }) => endContainer(engine, id, null)));
  await composer.removeUnusedNetworks(app);
}
