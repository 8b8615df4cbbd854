import { z } from "zod";
import type { Parts } from "../../deploy/parts.ts";
import { findApp } from "../../deploy/verbs/apps.ts";
import {
  keptFolders,
  pruneVolumes,
  type UnneededVolume,
  unneededVolumes,
  type VolumeOwner,
  volumeOwner,
  volumeOwners,
  volumesOf,
} from "../../deploy/verbs/volumes.ts";
import { mayDeploy } from "../../rights.ts";
import type { PrunedAnswer, VolumesAnswer } from "../answers.ts";
import { readableApps } from "../authorize.ts";
import { verb, type VerbContext } from "../verb.ts";
import { appInput, appName, appOf } from "./inputs.ts";

/** Of an app that is gone as well. */
export const volumesVerb = verb({
  name: "volumes",
  right: "read",
  input: appInput,
  app: appOf,
  absent: true,
  run: async (context, { app }): Promise<VolumesAnswer> => {
    const { parts } = context;
    const owner = await ownerOf(context, app);
    return {
      app: owner.name,
      volumes: await volumesOf(parts, owner),
      folders: keptFolders(parts, owner),
    };
  },
});

/** Of one app, or of all; pruneVolumes writes the events, one for each app that it took something from. */
export const volumesPruneVerb = verb({
  name: "volumes:prune",
  right: "deploy",
  input: z.strictObject({ app: appName.optional(), dryRun: z.boolean().default(false) }),
  app: ({ app }) => app ?? null,
  absent: true,
  run: async (context, { app, dryRun }): Promise<PrunedAnswer> => {
    const { parts, identity, request } = context;
    const owners =
      app === undefined
        ? volumeOwners(parts).filter(({ id, name }) => mayDeploy(identity.rights, [name, id]))
        : [await ownerOf(context, app)];
    const volumes: UnneededVolume[] = [];
    for (const owner of owners) {
      volumes.push(
        ...(dryRun
          ? await unneededVolumes(parts, owner)
          : await pruneVolumes(parts, owner, request)),
      );
    }
    return { dryRun, volumes };
  },
});

/** @throws noSuchApp where nothing tells of it: the name is probably mistyped */
async function ownerOf({ parts, identity }: VerbContext, name: string): Promise<VolumeOwner> {
  const owner = volumeOwner(parts, name);
  if (!(await isKnown(parts, owner))) {
    findApp(parts, name, readableApps(parts.store.apps, identity.rights));
  }
  return owner;
}

async function isKnown(parts: Parts, owner: VolumeOwner): Promise<boolean> {
  return owner.app !== null || (await volumesOf(parts, owner)).length > 0;
}
