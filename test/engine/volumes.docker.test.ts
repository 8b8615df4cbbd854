import { mkdtemp, readdir, rm } from "node:fs/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { waitFor } from "../../src/system/wait.ts";
import { projectsOf } from "./compose/projects.ts";
import { servicesOf } from "./compose/support.ts";
import { busyboxId, docker, imageOf, never, specOf, testInstance } from "./support.ts";

const test = await testInstance();
const engine = test.connect();

beforeAll(() => engine.start());
afterAll(() => test.destroy());

it("removes an app's volumes and data containers, and nobody else's", async () => {
  const labels = (app: string) => ({ "goku.instance": test.instance, "goku.app": app });
  const make = async (app: string, name: string) => {
    await docker.createVolume({ Name: `${test.instance}_${name}`, Labels: labels(app) });
    await docker.createContainer({
      name: `${test.instance}_${name}_data`,
      Image: "goku-test/busybox",
      Labels: labels(app),
      HostConfig: { Binds: [`${test.instance}_${name}:/data`] },
    });
  };
  await make("web-main", "web");
  await make("web2-main", "web2");
  await engine.removeVolumes("web-main");

  const filters = JSON.stringify({ label: [`goku.instance=${test.instance}`] });
  const { Volumes } = await docker.listVolumes({ filters });
  expect(Volumes.map(({ Name }) => Name)).toEqual([`${test.instance}_web2`]);
  const containers = (await test.containers()).flatMap(({ Names }) => Names);
  expect(containers).toContain(`/${test.instance}_web2_data`);
  expect(containers).not.toContain(`/${test.instance}_web_data`);
});

it("volumes are listed with whether they are used, and removed when they are not", async () => {
  const app = "volumes-main";
  const { composer } = engine;
  const { create, removeAll } = projectsOf(test, engine);
  const sleeper = { command: ["sleep", "600"], stop_signal: "SIGKILL" };
  const volumes = [{ type: "volume", source: "data", target: "/data" }];
  const spec = servicesOf(await busyboxId(), { db: { ...sleeper, volumes } }, { app });
  const { containers } = await create({
    ...spec,
    definition: { ...spec.definition, volumes: { data: {} } },
  });
  const name = `${test.instance}-${app}_data`;
  expect(await composer.listVolumes(app)).toEqual([
    { name, used: true, createdAt: expect.stringMatching(/^20.*Z$/) },
  ]);
  await expect(composer.removeVolume(name)).rejects.toMatchObject({ code: "conflict" });
  // What goes with an app that is purged are its volumes, not what still runs.
  await expect(engine.removeVolumes(app)).rejects.toThrow();
  expect(await composer.listServices(app)).toHaveLength(1);
  for (const { id } of containers) {
    await engine.removeReplica(id);
  }
  expect(await composer.listVolumes(app)).toMatchObject([{ name, used: false }]);
  await composer.removeVolume(name);
  expect(await composer.listVolumes(app)).toEqual([]);
  await expect(composer.removeVolume("somebody-elses")).rejects.toMatchObject({
    code: "not-found",
  });
  await removeAll(app);
});

describe("mounts", () => {
  it("shows a folder of the host, made where it is missing", async () => {
    const folder = await mkdtemp("/tmp/goku-engine-");
    try {
      const image = await imageOf(engine, ['CMD ["sh", "-c", "touch /seen/it; exec sleep 600"]']);
      const mounts = [{ source: `${folder}/new`, target: "/seen" }];
      const replica = await engine.startReplica(specOf({ image, mounts }), never);
      const files = await waitFor(
        async () => {
          const found = await readdir(`${folder}/new`);
          return found.length > 0 ? found : null;
        },
        { timeoutMs: 60_000 },
      );
      expect(files).toEqual(["it"]);
      await engine.removeReplica(replica.id);
    } finally {
      await rm(folder, { recursive: true });
    }
  });
});
