import { describe, expect, it } from "vitest";
import { volumeInUse } from "../../../src/errors.ts";
import {
  keptFolders,
  pruneVolumes,
  unneededVolumes,
  volumeOwner,
  volumeOwners,
  volumesOf,
} from "../../../src/deploy/verbs/volumes.ts";
import { composeProject, service } from "../compose-parts.ts";
import { projectWorld, type ProjectWorld, type ProjectWorldOptions } from "./project-world.ts";

const createdAt = "2026-01-01T00:00:00.000Z";

const definition = {
  ...composeProject([service("web")]).definition,
  volumes: { data: { "x-goku-name": "data" } },
};

/** One volume in use, one that the file names, and one of a service that is no more. */
async function volumesWorld(options: ProjectWorldOptions = {}): Promise<ProjectWorld> {
  const world = await projectWorld({ project: { definition }, ...options });
  world.volumes.push(
    { name: "shop-main_cache", used: true, createdAt },
    { name: "shop-main_data", used: false, createdAt },
    { name: "shop-main_old", used: false, createdAt },
  );
  return world;
}

const names = (volumes: readonly { readonly volume: string }[]) =>
  volumes.map(({ volume }) => volume);

describe("octo volumes:prune", () => {
  it("removes what no container uses and the live release does not name", async () => {
    const world = await volumesWorld();
    const removed = await pruneVolumes(
      world.parts,
      volumeOwner(world.parts, "shop"),
      world.request,
    );
    expect(removed).toEqual([{ app: "shop", volume: "shop-main_old" }]);
    expect(world.acts).toEqual(["removeVolume shop-main_old"]);
    expect(world.parts.store.events.list("shop-main", 1)).toMatchObject([
      { who: "ann", what: "volumes:prune", detail: "shop-main_old" },
    ]);
  });

  it("says the same beforehand, and removes nothing by that", async () => {
    const world = await volumesWorld();
    const owner = volumeOwner(world.parts, "shop");
    expect(names(await unneededVolumes(world.parts, owner))).toEqual(["shop-main_old"]);
    expect(world.acts).toEqual([]);
  });

  it("knows the names of another instance's volumes by what is behind the app's", async () => {
    const world = await projectWorld({
      project: { definition },
      composer: {
        listVolumes: async () => [
          { name: "two-shop-main_data", used: false, createdAt },
          { name: "two-shop-main_old", used: false, createdAt },
        ],
      },
    });
    const owner = volumeOwner(world.parts, "shop");
    expect(names(await unneededVolumes(world.parts, owner))).toEqual(["two-shop-main_old"]);
  });

  it("leaves one that a container has begun to use", async () => {
    const world = await volumesWorld({
      composer: {
        removeVolume: async (name) => {
          throw volumeInUse(name, new Error("409"));
        },
      },
    });
    const owner = volumeOwner(world.parts, "shop");
    expect(await pruneVolumes(world.parts, owner, world.request)).toEqual([]);
    expect(world.parts.store.events.list(null, 5)).toEqual([]);
  });

  it("finds what an app that is gone has left, by either of its names", async () => {
    const world = await volumesWorld();
    const { store } = world.parts;
    store.apps.remove("shop-main");
    store.events.add({ app: "shop-main", who: "ann", what: "remove", detail: "shop" });
    world.volumes.splice(0, 1);
    for (const name of ["shop", "shop-main"]) {
      const owner = volumeOwner(world.parts, name);
      expect(owner).toEqual({ id: "shop-main", name: "shop", app: null });
      expect(await volumesOf(world.parts, owner)).toHaveLength(2);
    }
    expect(volumeOwners(world.parts)).toEqual([{ id: "shop-main", name: "shop", app: null }]);
    const [owner] = volumeOwners(world.parts);
    const removed =
      owner === undefined ? [] : await pruneVolumes(world.parts, owner, world.request);
    expect(names(removed)).toEqual(["shop-main_data", "shop-main_old"]);
  });

  it("knows each app once, those that were pushed again among the others", async () => {
    const world = await volumesWorld();
    const remove = { app: "shop-main", who: "ann", what: "remove", detail: "shop" };
    world.parts.store.events.add(remove);
    world.parts.store.events.add({ ...remove, app: "old-main", detail: "old" });
    world.parts.store.events.add({ ...remove, app: "old-main", detail: "old" });
    expect(volumeOwners(world.parts).map(({ id }) => id)).toEqual(["shop-main", "old-main"]);
  });
});

it("octo volumes names the folders that containers write to", async () => {
  const mount = { form: "folder", hash: null } as const;
  const world = await volumesWorld({
    project: {
      mounts: [
        { ...mount, path: "uploads", kind: "kept", source: "/srv/kept/uploads" },
        { ...mount, path: "nginx.conf", kind: "content", source: "/srv/content/1" },
      ],
    },
  });
  expect(keptFolders(world.parts, volumeOwner(world.parts, "shop"))).toEqual([
    { path: "uploads", source: "/srv/kept/uploads" },
  ]);
});
