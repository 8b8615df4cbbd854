import { expect, it } from "vitest";
import { rollback } from "../../src/deploy/verbs/rollback.ts";
import type { ComposeProject } from "../../src/project.ts";
import type { Service } from "../../src/service.ts";
import { composeProject, service } from "./compose-parts.ts";
import { projectWorld, type ProjectWorld } from "./verbs/project-world.ts";

const noTwin = "it writes to the volume data";

/** web, and what all mounts the volume data. */
function projectOf(...services: readonly Service[]): ComposeProject {
  const all = [service("web"), ...services];
  const plain = composeProject(all);
  const volumes = [{ type: "volume", source: "data", target: "/data" }];
  const parts = services.map(({ name }) => [name, { ...plain.definition.services[name], volumes }]);
  return {
    ...plain,
    definition: {
      ...plain.definition,
      services: { ...plain.definition.services, ...Object.fromEntries(parts) },
      volumes: { data: { "x-goku-name": "data" } },
    },
  };
}

const db = service("db", { noTwin });
const job = service("job", { noTwin, runs: "until-done", keep: false });

/** v2 is live; v1 is there to go back to, where a container that is made anew of `failing` cannot start. */
async function failingWorld(
  live: ComposeProject,
  next: ComposeProject,
  failing: string,
): Promise<ProjectWorld> {
  const { definition, images, services } = live;
  const world: ProjectWorld = await projectWorld({
    project: { definition, images, services },
    composer: {
      async startService({ id }) {
        if (id.startsWith(`${failing}-new`)) {
          throw new Error(`${failing} cannot start`);
        }
        world.acts.push(`start ${id}`);
        world.set(id, { state: "running" });
      },
    },
  });
  const { app, parts, project } = world;
  const { releases } = parts.store;
  const pushed = { app: app.id, commit: "d".repeat(40), door: "push", by: "ann" } as const;
  releases.create({ ...pushed, reason: "push" });
  releases.update(app.id, 2, { project, domains: [] });
  releases.goLive(app.id, 2);
  releases.update(app.id, 1, { project: { ...next, routes: project.routes } });
  world.set("web-1", { version: 2 });
  return world;
}

const back = ({ app, parts, request }: ProjectWorld) => rollback(parts, app, 1, request);

it("a job that makes room for what starts again is not one for Docker to start over and over", async () => {
  const world = await failingWorld(projectOf(db, job), projectOf(db), "web");
  world.set("db-1", { state: "exited" });
  world.set("job-1", { state: "running", writes: ["shop-main_data"] });
  await expect(back(world)).rejects.toThrow("web cannot start");
  expect(world.acts.filter((act) => act.endsWith(" job-1"))).toEqual(["stop job-1", "start job-1"]);
});

it("a job whose place is taken by what is to stay is none either", async () => {
  const stays = service("job", { noTwin });
  const world = await failingWorld(projectOf(job), projectOf(stays), "job");
  world.set("job-1", { state: "running", fingerprint: "of another file" });
  await expect(back(world)).rejects.toThrow("job cannot start");
  expect(world.acts.filter((act) => act.endsWith(" job-1"))).toEqual(["stop job-1", "start job-1"]);
});
