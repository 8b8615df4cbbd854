import { afterAll, beforeAll, expect, it } from "vitest";
import { docker, testInstance } from "./support.ts";

const test = testInstance();
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
