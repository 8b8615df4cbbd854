import { toLabel } from "../../app.ts";
import type { Parts, Request } from "../parts.ts";
import { volumeOwners } from "./volumes.ts";

/**
 * What `octo remove` has kept of an app that is gone: its volumes and kept folders, and the repository of that name
 * where no app is left of it.
 * @returns false where nothing is known of the name
 */
export async function removeLeftOver(
  parts: Parts,
  name: string,
  { by, report, signal }: Request,
): Promise<boolean> {
  const { engine, queue, repositories, store, trees } = parts;
  const isGone = () => store.apps.find(name) === null;
  const owner = volumeOwners(parts).find((one) => one.name === name || one.id === name);
  const isEmpty = (repository: string) =>
    store.apps.all().every((app) => app.repository !== repository);
  const emptyOnes = async () =>
    (await repositories.list()).filter((one) => toLabel(one) === name && isEmpty(one));
  if (!isGone() || (owner === undefined && (await emptyOnes()).length === 0)) {
    return false;
  }
  const app = owner?.id ?? name;
  const title = `the removal by ${by}`;
  return queue.run({ app, title, kind: "change", report, signal }, async () => {
    // A push may have brought it back meanwhile.
    if (!isGone() || store.apps.find(app) !== null) {
      return false;
    }
    report.step(`Removing what is left of ${name}`);
    await engine.removeVolumes(app);
    await trees.removeAll(app, true);
    for (const repository of await emptyOnes()) {
      await repositories.remove(repository);
      store.apps.removeRepository(repository);
    }
    store.events.add({ app, who: by, what: "remove", detail: owner?.name ?? name });
    return true;
  });
}
