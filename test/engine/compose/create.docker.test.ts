import { setTimeout as delay } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { waitFor } from "../../../src/system/wait.ts";
import { soon } from "../../support/soon.ts";
import { busyboxId, docker, never, specOf, testInstance } from "../support.ts";
import { httpd, nothing, projectsOf, sleeper } from "./projects.ts";
import { definitionOf, servicesOf, wantedOf } from "./support.ts";

const test = await testInstance();
const engine = test.connect();
const { composer } = engine;
const { create, start, make, listed, removeAll, present } = projectsOf(test, engine);
let image = "";

beforeAll(async () => {
  await engine.start();
  image = await busyboxId();
});
afterAll(() => test.destroy());

/** What a container answers: null as long as its server does not listen yet. */
async function statusOf(address: string | null): Promise<number | null> {
  try {
    return (await fetch(`http://${address}/`, { signal: AbortSignal.timeout(2_000) })).status;
  } catch {
    return null;
  }
}

describe("services", () => {
  it("are created beside those that are there, and only started by us", async () => {
    const app = "beside-main";
    const definition = definitionOf({
      services: {
        web: { ...httpd, networks: { default: { aliases: ["front"] } } },
        db: {
          ...sleeper,
          networks: { default: null, back: null },
          volumes: [{ type: "volume", source: "data", target: "/data" }],
        },
      },
      networks: { default: {}, back: { internal: true } },
      volumes: { data: { "x-goku-name": "files" } },
    });
    const spec = {
      app,
      version: 1,
      origin: "v1",
      definition,
      images: { web: image, db: image },
      wanted: [wantedOf("web", { count: 2, routed: true }), wantedOf("db", { fingerprint: "d1" })],
    };
    const first = await create(spec);
    const project = `${test.instance}-${app}`;
    expect([...first.networks].sort()).toEqual([`${project}_back`, `${project}_default`]);
    expect(first.volumes).toEqual([`${project}_files`]);
    expect(
      first.containers
        .map(({ service, state, version, image: id }) => `${service} ${state} ${version} ${id}`)
        .sort(),
    ).toEqual([`db created null ${image}`, `web created 1 ${image}`, `web created 1 ${image}`]);
    const web = first.containers.filter(({ service }) => service === "web");
    expect(new Set(web.map(({ address }) => address)).size).toBe(2);
    await start(first.containers);

    // The database is left alone when only web gets twins.
    const second = await create({
      ...spec,
      version: 2,
      wanted: [wantedOf("web", { count: 1, routed: true, fingerprint: "f2" })],
    });
    expect(second).toMatchObject({ networks: [], volumes: [] });
    expect(second.containers).toHaveLength(1);
    await start(second.containers);
    const all = await composer.listServices(app);
    expect(all).toHaveLength(4);
    expect(all.every(({ state }) => state === "running")).toBe(true);
    const db = all.find(({ service }) => service === "db");
    expect(db?.id).toBe(first.containers.find(({ service }) => service === "db")?.id);
    expect(db).toMatchObject({ fingerprint: "d1", version: null, address: null });

    const replicas = await engine.listReplicas(app);
    expect(replicas.map((each) => `${each.service} v${each.version} ${each.index}`).sort()).toEqual(
      ["web v1 1", "web v1 2", "web v2 1"],
    );
    for (const { address, running } of replicas) {
      expect(running).toBe(true);
      await soon(() => statusOf(address)).toBe(404);
    }

    // Nobody takes them for left over; a new Goku knows them, and their leases.
    const held = test.leases.all().filter(({ holder }) => web.some(({ id }) => id === holder));
    expect(held).toHaveLength(2);
    await engine.start();
    await test.connect({ pool: 0 }).start();
    expect(await composer.listServices(app)).toHaveLength(4);
    expect(test.leases.all()).toEqual(expect.arrayContaining(held));

    await removeAll(app);
    expect(await present(app)).toEqual({ ...nothing, volumes: [`${project}_files`] });
    expect(test.leases.all().filter(({ holder }) => web.some(({ id }) => id === holder))).toEqual(
      [],
    );
  });

  it("are reached although somebody has removed the network for that, and have the world by their own", async () => {
    const app = "pruned-main";
    const definition = definitionOf({
      services: { web: { ...httpd, networks: { default: null } } },
    });
    const wanted = [wantedOf("web", { routed: true })];
    const spec = { app, version: 1, origin: "v1", definition, images: { web: image }, wanted };
    await create(spec);
    await removeAll(app);
    const routed = docker.getNetwork(`${test.instance}-services`);
    expect((await routed.inspect()).Internal).toBe(true);
    await routed.remove();

    const { containers } = await create(spec);
    await start(containers);
    const [web] = containers;
    const { Networks } = (await docker.getContainer(web!.id).inspect()).NetworkSettings;
    expect(Networks[`${test.instance}-services`]).toMatchObject({
      IPAddress: web!.address,
      Gateway: "",
    });
    expect(Networks[`${test.instance}-${app}_default`]?.Gateway).not.toBe("");
    await soon(() => statusOf(web!.address)).toBe(404);
    await removeAll(app);
  });

  it("keep their address through stops and new names, and give it back at the end", async () => {
    const app = "address-main";
    const { containers } = await create(
      servicesOf(image, { web: httpd }, { app, wanted: [wantedOf("web", { routed: true })] }),
    );
    const [web] = containers;
    const id = web?.id ?? "";
    await start(containers);
    await engine.keepReplica(id);
    await composer.renameService(id, `${test.instance}-shop`);
    await composer.renameService(id, `${test.instance}-shop`);
    await engine.stopReplica(id, 0);
    await engine.stopReplica(id, null);
    await engine.start();
    expect(await engine.listReplicas(app)).toMatchObject([
      { name: `${test.instance}-shop`, running: false, address: web?.address },
    ]);
    expect(await engine.inspectReplica(id)).toMatchObject({ running: false, restarting: false });
    await engine.restartReplica(id);
    await engine.restartReplica(id);
    await soon(() => statusOf(web!.address)).toBe(404);
    expect(test.leases.all()).toContainEqual({ address: web?.address, holder: id, app: null });
    await engine.removeReplica(id);
    expect(test.leases.all().map(({ address }) => address)).not.toContain(web?.address);
    await engine.removeReplica(id);
    await removeAll(app);
  });

  it("have a name for people, which another may have already", async () => {
    const app = "names-main";
    const { containers } = await create(servicesOf(image, { a: sleeper, b: sleeper }, { app }));
    const [one, other] = containers.map(({ id }) => id);
    await composer.renameService(one ?? "", `${test.instance}-name`);
    await composer.renameService(other ?? "", `${test.instance}-name`);
    const names = (await composer.listServices(app)).map(({ name }) => name);
    expect(names.filter((name) => name === `${test.instance}-name`)).toHaveLength(1);
    await removeAll(app);
  });

  it("find each other on their network, by their service's name", async () => {
    const app = "talk-main";
    const { containers } = await create(servicesOf(image, { web: httpd, other: sleeper }, { app }));
    await start(containers);
    const other = containers.find(({ service }) => service === "other");
    const exec = await docker.getContainer(other?.id ?? "").exec({
      Cmd: ["sh", "-c", "wget -q -O - http://web/ 2>&1 | grep 404"],
      AttachStdout: true,
    });
    const stream = await exec.start({});
    stream.resume();
    await waitFor(async () => ((await exec.inspect()).Running ? null : true), {
      timeoutMs: 60_000,
    });
    expect((await exec.inspect()).ExitCode).toBe(0);
    await removeAll(app);
  });
});

describe("containers of services beside replicas of Dockerfiles", () => {
  it("may share the network of another service, which outlives them", async () => {
    const app = "share-main";
    const spec = servicesOf(
      image,
      {
        vpn: sleeper,
        web: { ...sleeper, network_mode: "service:vpn", networks: undefined },
      },
      { app },
    );
    const first = await create({ ...spec, wanted: [wantedOf("vpn")] });
    await start(first.containers);
    const second = await create({ ...spec, wanted: [wantedOf("web")] });
    await start(second.containers);
    const [web] = second.containers;
    await engine.removeReplica(web?.id ?? "");
    expect(
      (await composer.listServices(app)).map(({ service, state }) => [service, state]),
    ).toEqual([["vpn", "running"]]);
    await removeAll(app);
  });

  it("leave alone what somebody else runs under the project's name", async () => {
    const app = "foreign-main";
    const name = `${test.instance}-somebody`;
    const foreign = await docker.createContainer({
      Image: image,
      Cmd: ["sleep", "600"],
      name,
      Labels: {
        "com.docker.compose.project": `${test.instance}-${app}`,
        "com.docker.compose.service": "web",
        "com.docker.compose.oneoff": "False",
        "com.docker.compose.config-hash": "x",
        "com.docker.compose.container-number": "1",
      },
    });
    await foreign.start();
    const { containers } = await create(servicesOf(image, { web: sleeper }, { app }));
    expect(containers).toHaveLength(1);
    // One that docker compose does not count is none too many either.
    const odd = await docker.createContainer({
      Image: image,
      Labels: {
        "goku.instance": test.instance,
        "com.docker.compose.project": `${test.instance}-${app}`,
        "com.docker.compose.service": "web",
        "com.docker.compose.oneoff": "False",
      },
    });
    const more = await create(servicesOf(image, { web: sleeper }, { app }));
    expect(more.containers).toHaveLength(1);
    expect(await composer.listServices(app)).toHaveLength(2);
    expect((await foreign.inspect()).State.Running).toBe(true);
    await foreign.remove({ force: true });
    await odd.remove({ force: true });
    await removeAll(app);
  });

  it("leave replicas as they are", async () => {
    const replica = await engine.startReplica(
      specOf({ image, hostname: "x", app: "plain-main" }),
      never,
    );
    expect(replica.service).toBeNull();
    expect(await composer.listServices("plain-main")).toEqual([]);
    await engine.removeReplica(replica.id);
  });
});

describe("labels of an image", () => {
  it("do not make a container what it is not", async () => {
    const app = "labels-main";
    const made = await docker.createContainer({
      Image: image,
      Labels: { "goku.role": "namespace", "goku.release": "9", "goku.generic": "true" },
    });
    const repo = `${test.instance}-labelled`;
    await made.commit({ repo, changes: "LABEL goku.index=7" });
    await made.remove();
    const labelled = (await docker.getImage(repo).inspect()).Id;
    try {
      const [container] = await make(servicesOf(labelled, { app: sleeper }, { app }));
      expect(container).toMatchObject({ service: "app", version: null });
      expect(await engine.listReplicas(app)).toEqual([]);
      await engine.start();
      await delay(0);
      expect((await listed(app, container?.id ?? "")).state).toBe("running");
      await engine.removeReplica(container?.id ?? "");
    } finally {
      await docker.getImage(repo).remove({ force: true });
    }
  });
});
