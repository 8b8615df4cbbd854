import { describe, expect, it } from "vitest";
import { setVars } from "../../../src/deploy/verbs/config.ts";
import { rollback } from "../../../src/deploy/verbs/rollback.ts";
import { nginxFailed } from "../../../src/errors.ts";
import type { ComposeProject } from "../../../src/project.ts";
import { composeProject } from "../compose-parts.ts";
import { projectWorld, type ProjectWorld, services } from "./project-world.ts";

/** v1 as the world has it, and then one release for each change of the project. */
async function rolledWorld(...changes: Partial<ComposeProject>[]): Promise<ProjectWorld> {
  return rolled(await projectWorld(), ...changes);
}

function rolled(world: ProjectWorld, ...changes: Partial<ComposeProject>[]): ProjectWorld {
  const { releases } = world.parts.store;
  for (const change of changes) {
    const pushed = { app: world.app.id, commit: "d".repeat(40), door: "push", by: "ann" } as const;
    const { version } = releases.create({ ...pushed, reason: "push" });
    const project = { ...world.project, ...change };
    releases.update(world.app.id, version, { project, vars: {}, domains: [], scale: 1 });
    releases.goLive(world.app.id, version);
  }
  return world;
}

function withHasImage({ parts }: ProjectWorld, hasImage: (image: string) => Promise<boolean>) {
  return { ...parts, engine: { ...parts.engine, hasImage } };
}

describe("a rollback of a project", () => {
  it("goes past releases that differ in nothing, to one with another image", async () => {
    const images = {
      web: "sha256:2",
      worker: "sha256:worker",
      db: "sha256:db",
      migrate: "sha256:m",
    };
    const world = await rolledWorld({ images }, { images });
    const release = await rollback(world.parts, world.app, null, world.request);
    expect(release).toMatchObject({ version: 4, reason: "rollback to v1" });
    expect(release.project).toEqual(world.project);
  });

  it("takes another compose file or other routes for a difference", async () => {
    const { definition } = composeProject(services);
    for (const change of [
      { definition: { ...definition, networks: { front: { "x-goku-name": "front" } } } },
      { routes: [{ service: "web", port: 81, domains: [] }] },
    ]) {
      const changed = await rolledWorld(change);
      const { reason } = await rollback(changed.parts, changed.app, null, changed.request);
      expect(reason).toBe("rollback to v1");
    }
  });

  it("leaves what is set without a restart while a database is replaced, where it fails", async () => {
    const world: ProjectWorld = await projectWorld({
      composer: {
        async startService({ id, service: name }) {
          world.set(id, { state: "running" });
          if (name === "db" && id !== "db-1") {
            const change = { set: { COLOR: "green" }, remove: [] };
            await setVars(world.parts, "shop", change, { restart: false }, world.request);
          }
        },
      },
    });
    rolled(world, {});
    world.set("db-1", { fingerprint: "of another file" });
    const { router, store, vars } = world.parts;
    store.releases.update(world.app.id, 1, { vars: { COLOR: "blue" } });
    await vars.change("shop", { set: { COLOR: "red" }, remove: [] });
    const publish = async () => {
      expect(await vars.read("shop")).toEqual({ COLOR: "blue" });
      throw nginxFailed("nginx refused it.");
    };
    const parts = { ...world.parts, router: { ...router, publish } };
    await expect(rollback(parts, world.app, 1, world.request)).rejects.toThrow("nginx refused it.");
    expect(await vars.read("shop")).toEqual({ COLOR: "green" });
  });

  it("is refused where an image is gone, and names whose", async () => {
    const world = await rolledWorld({ notes: ["changed"] });
    const parts = withHasImage(world, async (image) => image !== "sha256:worker");
    await expect(rollback(parts, world.app, 1, world.request)).rejects.toThrow(
      "The image of v1 of shop (worker) is gone; Goku keeps 5.",
    );
    const none = withHasImage(world, async () => false);
    await expect(rollback(none, world.app, 1, world.request)).rejects.toThrow(
      "Images of v1 of shop (web, worker, db, migrate) are gone",
    );
    expect(world.parts.store.releases.live(world.app.id)?.version).toBe(2);
  });
});
