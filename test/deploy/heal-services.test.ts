import { expect, it } from "vitest";
import { reconcileApp } from "../../src/deploy/care/reconcile.ts";
import type { Composer } from "../../src/compose-ports.ts";
import { clock } from "../support/clock.ts";
import { soon } from "../support/soon.ts";
import { composeProject, service } from "./compose-parts.ts";
import { projectWorld, type ProjectWorld, services } from "./verbs/project-world.ts";

const { signal } = new AbortController();
const { definition, images } = composeProject([...services, service("seed")]);

/** The file has no word about seed, which has its work done at once. */
async function worldWithSeed(more: Partial<Composer> = {}): Promise<ProjectWorld> {
  const world: ProjectWorld = await projectWorld({
    project: { services: [...services, service("seed")], definition, images },
    composer: {
      async startService({ id, service: name }) {
        world.set(id, { state: name === "seed" ? "done" : "running" });
      },
      ...more,
    },
  });
  world.set("seed-1", { state: "done" });
  return world;
}

/** Somebody has removed what there was of these. */
async function heal({ app, containers, parts }: ProjectWorld, ...lost: readonly string[]) {
  lost.forEach((name) => containers.delete(`${name}-1`));
  const { engine } = parts;
  const looks: string[] = [];
  const inspectReplica = async (id: string) => {
    looks.push(id);
    return engine.inspectReplica(id);
  };
  await reconcileApp({ ...parts, engine: { ...engine, inspectReplica } }, app, signal);
  return { looks };
}

it("of what was made again, Docker is to keep what stays up, and not what is soon done", async () => {
  const { pass } = clock();
  const world: ProjectWorld = await worldWithSeed({
    startService: async ({ id }) => world.set(id, { state: "running" }),
  });
  const { looks } = await heal(world, "seed", "worker");
  const [[seed = ""], [worker]] = [world.idsOf("seed"), world.idsOf("worker")];
  expect(seed).toMatch(/^seed-new-/);
  // As a migration may take.
  pass(3_000);
  looks.splice(0);
  await soon(() => looks).toContain(seed);
  world.set(seed, { state: "done" });
  pass(27_000);
  await soon(() => world.acts).toContain(`keep ${worker}`);
  expect(world.acts).not.toContain(`keep ${seed}`);
});

it("what Goku does not see the first second of is kept, too", async () => {
  const world = await worldWithSeed();
  await heal(world, "worker");
  await world.parts.background.close();
  expect(world.acts).toContain(`keep ${world.idsOf("worker")[0]}`);
});

it("what was made again is kept although something else cannot start", async () => {
  const { pass } = clock();
  const world: ProjectWorld = await worldWithSeed({
    async startService({ id, service: name }) {
      if (name === "worker") {
        throw new Error("it cannot start");
      }
      world.set(id, { state: "running" });
    },
  });
  await heal(world, "db", "worker");
  pass(30_000);
  await soon(() => world.acts).toContain(`keep ${world.idsOf("db")[0]}`);
});
