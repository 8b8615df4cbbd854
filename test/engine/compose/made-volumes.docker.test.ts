import { afterAll, beforeAll, expect, it } from "vitest";
import { busyboxId, docker, never, specOf, testInstance } from "../support.ts";
import { projectsOf, sleeper } from "./projects.ts";
import { servicesOf } from "./support.ts";

const test = await testInstance();
const engine = test.connect();
const { composer } = engine;
const { make, removeAll } = projectsOf(test, engine);
let image: string;

beforeAll(async () => {
  await engine.start();
  image = await busyboxId();
});
afterAll(() => test.destroy());

const mount = { type: "volume", source: "data", target: "/data" };

it("a project's volumes are known by the release they were made for, with all that have them", async () => {
  const app = "shop-main";
  const services = {
    db: { ...sleeper, volumes: [mount] },
    reader: { ...sleeper, volumes: [{ ...mount, read_only: true }] },
    other: sleeper,
  };
  const plain = servicesOf(image, services, { app, origin: "v1 of today" });
  const spec = { ...plain, definition: { ...plain.definition, volumes: { data: {} } } };
  const made = await make(spec);
  const holders = made.filter(({ service }) => service !== "other").map(({ id }) => id);
  const [volume, ...others] = await composer.volumesMadeFor(app, "v1 of today");
  expect(volume?.name).toBe(`${test.instance}-${app}_data`);
  expect(volume?.holders.toSorted()).toEqual(holders.toSorted());
  expect(others).toEqual([]);
  await removeAll(app);
  // Whoever has it next did not make it.
  await composer.create({ ...spec, origin: "v2 of today" }, never);
  expect(await composer.volumesMadeFor(app, "v2 of today")).toEqual([]);
  expect(await composer.volumesMadeFor("other-main", "v1 of today")).toEqual([]);
});

it("so are a Dockerfile's", async () => {
  const [app, origin] = ["data-main", "v1 of today"];
  const volumes = [{ name: "data", target: "/data" }];
  const { id } = await engine.startReplica(specOf({ app, image, origin, volumes }), never);
  const name = `${test.instance}-${app}_data`;
  expect(await composer.volumesMadeFor(app, origin)).toEqual([{ name, holders: [id] }]);
  await engine.removeReplica(id);
  await composer.removeVolume(name);
  await expect(docker.getVolume(name).inspect()).rejects.toMatchObject({ statusCode: 404 });
});
