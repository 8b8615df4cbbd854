import { afterAll, beforeAll, expect, it } from "vitest";
import { busyboxId, docker, imageOf, never, specOf, testInstance } from "../support.ts";

const test = await testInstance();
const engine = test.connect();
let client = "";

beforeAll(async () => {
  await engine.start();
  client = await imageOf(engine, ['CMD ["sleep", "600"]']);
});

afterAll(() => test.destroy());

/** A container as an admin starts it beside Goku: `<app>_redis`. */
async function startService(name: string, labels: Record<string, string>): Promise<string> {
  const container = await docker.createContainer({
    name,
    Image: await busyboxId(),
    Cmd: ["sh", "-c", "mkdir /www; echo stored > /www/index.html; exec httpd -f -p 6379 -h /www"],
    Labels: { "test.instance": test.instance, ...labels },
  });
  await container.start();
  return container.id;
}

async function ask(replica: string, url: string): Promise<string> {
  const exec = await docker.getContainer(replica).exec({
    Cmd: ["wget", "-q", "-T", "1", "-O", "-", url],
    AttachStdout: true,
    Tty: true,
  });
  const stream = await exec.start({ Tty: true });
  let text = "";
  for await (const chunk of stream) {
    text += String(chunk);
  }
  return text.trim();
}

function networkNames(): Promise<(string | undefined)[]> {
  const filters = { label: [`goku.instance=${test.instance}`] };
  return docker.listNetworks({ filters }).then((all) => all.map(({ Name }) => Name).sort());
}

it("reaches a linked container by its alias, on a network of the app's own", async () => {
  const redis = `${test.instance}_redis`;
  await startService(redis, { "goku.instance": test.instance });
  const links = [{ alias: "redis", container: redis }];
  const spec = specOf({ image: client, links, addName: true });
  const [one, two] = await Promise.all([
    engine.startReplica(spec, never),
    engine.startReplica({ ...spec, index: 2 }, never),
  ]);
  const stranger = await engine.startReplica(specOf({ image: client, app: "web2-main" }), never);

  expect(await ask(one.id, "http://redis:6379/")).toBe("stored");
  expect(await ask(two.id, "http://redis:6379/")).toBe("stored");
  expect(await ask(stranger.id, "http://redis:6379/")).toMatch(/bad address|timed out/);
  // ADD_NAME: the first one answers to the app's id.
  expect(await ask(two.id, "http://web-main:80/")).toMatch(/refused/);
  const [first, second] = test.options.subnet.split(".");
  expect(one.address?.startsWith(`${first}.${second}.`)).toBe(true);

  // On the routed network they do not see each other.
  expect(await ask(stranger.id, `http://${one.address}/`)).toMatch(/timed out|unreachable/);

  const links1 = `${test.instance}-web-main-links`;
  expect(await networkNames()).toEqual([test.instance, links1]);
  await engine.removeReplica(one.id);
  expect(await ask(two.id, "http://redis:6379/")).toBe("stored");
  await engine.removeReplica(two.id);
  expect(await networkNames()).toEqual([test.instance]);
  expect((await docker.getContainer(redis).inspect()).State.Running).toBe(true);
  await engine.removeReplica(stranger.id);
  await docker.getContainer(redis).remove({ force: true });
});

it("says which linked container is missing, also before anything starts", async () => {
  const links = [{ alias: "redis", container: "nosuch_redis" }];
  await expect(engine.checkNeeds({ links, volumesFrom: null })).rejects.toThrow(
    "The linked container nosuch_redis does not exist.",
  );
  await expect(engine.checkNeeds({ links: [], volumesFrom: "nosuch_data" })).rejects.toThrow(
    "The container nosuch_data, whose volumes it wants (# VOLUMES_FROM), does not exist.",
  );
  await engine.checkNeeds({ links: [], volumesFrom: null });
  await expect(engine.startReplica(specOf({ image: client, links }), never)).rejects.toMatchObject({
    code: "refused",
    message: "The linked container nosuch_redis does not exist.",
    hint: expect.stringContaining(`--label goku.instance=${test.instance}`),
  });
});

it("links nothing that is not of this instance", async () => {
  const name = `${test.instance}_foreign`;
  const id = await startService(name, {});
  try {
    const links = [{ alias: "db", container: name }];
    await expect(
      engine.startReplica(specOf({ image: client, links }), never),
    ).rejects.toMatchObject({ code: "refused", message: expect.stringContaining(name) });
    expect(await networkNames()).toEqual([test.instance]);
  } finally {
    await docker.getContainer(id).remove({ force: true });
  }
});

it("knows a container by its name alone, never by its id", async () => {
  const id = await startService(`${test.instance}_named`, { "goku.instance": test.instance });
  try {
    for (const container of [id, id.slice(0, 12)]) {
      const links = [{ alias: "db", container }];
      await expect(engine.checkNeeds({ links, volumesFrom: null })).rejects.toThrow(
        `The linked container ${container} does not exist.`,
      );
    }
  } finally {
    await docker.getContainer(id).remove({ force: true });
  }
});
