import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { ServiceContainer, ServicesSpec } from "../../../src/compose-ports.ts";
import type { EngineEvent } from "../../../src/ports.ts";
import { waitFor } from "../../../src/system/wait.ts";
import { busyboxId, docker, never, specOf, testInstance } from "../support.ts";
import { definitionOf, servicesOf, wantedOf } from "./support.ts";

const test = testInstance();
const engine = test.connect();
const { composer } = engine;
let image = "";

const httpd = { command: ["httpd", "-f", "-p", "80"] };
const sleeper = { command: ["sleep", "600"], stop_signal: "SIGKILL" };

beforeAll(async () => {
  await engine.start();
  image = await busyboxId();
});
afterAll(() => test.destroy());

function create(spec: ServicesSpec, signal = never) {
  return composer.create(spec, signal);
}

async function start(containers: readonly ServiceContainer[]): Promise<void> {
  for (const container of containers) {
    await composer.startService(container, never);
  }
}

async function removeAll(app: string): Promise<void> {
  for (const { id } of await composer.listServices(app)) {
    await engine.removeReplica(id);
  }
  await composer.removeUnusedNetworks(app);
}

/** Names of what the instance has in Docker for an app. */
async function present(app: string) {
  const filters = { label: [`goku.instance=${test.instance}`, `goku.app=${app}`] };
  const { Volumes } = await docker.listVolumes({ filters: JSON.stringify(filters) });
  return {
    containers: (await composer.listServices(app)).map(({ name }) => name).sort(),
    networks: (await docker.listNetworks({ filters })).map(({ Name }) => Name).sort(),
    volumes: (Volumes ?? []).map(({ Name }) => Name).sort(),
  };
}

const nothing = { containers: [], networks: [], volumes: [] };

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
      const answer = await fetch(`http://${address}/`, { signal: AbortSignal.timeout(5_000) });
      expect(answer.status).toBe(404);
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
    const spec = { app, version: 1, definition, images: { web: image }, wanted };
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
    await expect
      .poll(() =>
        fetch(`http://${web!.address}/`).then(
          ({ status }) => status,
          () => 0,
        ),
      )
      .toBeGreaterThan(0);
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
    const answer = await fetch(`http://${web?.address}/`, { signal: AbortSignal.timeout(5_000) });
    expect(answer.status).toBe(404);
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
      timeoutMs: 10_000,
    });
    expect((await exec.inspect()).ExitCode).toBe(0);
    await removeAll(app);
  });

  it("are told of when they start, die and go, routed or not", async () => {
    const app = "events-main";
    const stop = new AbortController();
    const events: EngineEvent[] = [];
    const listening = (async () => {
      for await (const event of engine.watch(stop.signal)) {
        events.push(event);
      }
    })();
    const { containers } = await create(
      servicesOf(
        image,
        { web: sleeper, db: sleeper },
        { app, wanted: [wantedOf("web", { routed: true }), wantedOf("db")] },
      ),
    );
    const told = (kind: string, id: string) =>
      expect.poll(() => events, { timeout: 10_000 }).toContainEqual({ kind, app, replica: id });
    for (const { id } of containers) {
      // The stream has begun when its first event comes.
      await waitFor(
        async () => {
          await engine.restartReplica(id);
          if (events.some((event) => "replica" in event && event.replica === id)) {
            return true;
          }
          await engine.stopReplica(id, 0);
          return null;
        },
        { timeoutMs: 10_000 },
      );
      await docker.getContainer(id).kill();
      await told("died", id);
      await engine.removeReplica(id);
      await told("removed", id);
    }
    stop.abort();
    await listening;
    await removeAll(app);
  });
});

describe("nothing is left of a creation", () => {
  it("that fails in the middle", async () => {
    const app = "fail-main";
    const name = `${test.instance}-${app}-db-1`;
    const blocker = await docker.createContainer({
      Image: image,
      name,
      Labels: { "goku.instance": test.instance, "goku.role": "test" },
    });
    const volumes = [{ type: "volume", source: "data", target: "/data" }];
    const spec = servicesOf(
      image,
      { web: { ...httpd, volumes }, db: sleeper },
      { app, wanted: [wantedOf("web", { count: 3, routed: true }), wantedOf("db")] },
    );
    const leases = test.leases.all().length;
    const definition = { ...spec.definition, volumes: { data: {} } };
    await expect(create({ ...spec, definition })).rejects.toMatchObject({
      code: "refused",
      message: expect.stringContaining(name),
    });
    expect(await present(app)).toEqual(nothing);
    expect(test.leases.all()).toHaveLength(leases);
    await blocker.remove();
  });

  it("whose signal ends it", async () => {
    const app = "hung-main";
    const stop = new AbortController();
    const creating = create(servicesOf(image, { web: httpd }, { app }), stop.signal);
    // As soon as something is there to be left behind.
    await waitFor(async () => ((await present(app)).networks.length > 0 ? true : null), {
      timeoutMs: 10_000,
    });
    stop.abort(new Error("hung up"));
    await expect(creating).rejects.toThrow("hung up");
    expect(await present(app)).toEqual(nothing);
  });

  it("that was only the first step of something", async () => {
    const app = "undo-main";
    const spec = servicesOf(image, { web: httpd }, { app });
    const created = await create(spec);
    await composer.uncreate(created);
    expect((await present(app)).networks).toEqual(created.networks);
    for (const { id } of created.containers) {
      await engine.removeReplica(id);
    }
    await composer.uncreate(created);
    expect(await present(app)).toEqual(nothing);
  });
});

describe("what a project cannot have", () => {
  it.each([
    [
      "an external network that is missing",
      {
        networks: { x: { external: true, name: "gkt-nowhere" } },
        service: { networks: { x: null } },
      },
      "The compose file calls the network gkt-nowhere external, and Docker has none of that name.",
    ],
    [
      "a subnet that is taken",
      {
        networks: { x: { ipam: { config: [{ subnet: "172.17.0.0/16" }] } } },
        service: { networks: { x: null } },
      },
      "Docker does not make the network",
    ],
    [
      "routes to a service without a network",
      { networks: {}, service: { network_mode: "host", networks: undefined } },
      "The service web has network_mode: host, so that requests cannot be sent to it.",
    ],
  ])("is said: %s", async (_, { networks, service }, message) => {
    const spec = servicesOf(
      image,
      { web: { ...httpd, ...service } },
      { app: "wrong-main", wanted: [wantedOf("web", { routed: true })] },
    );
    const definition = { ...spec.definition, networks };
    await expect(create({ ...spec, definition })).rejects.toMatchObject({
      code: "refused",
      message: expect.stringContaining(message),
    });
    expect(await present("wrong-main")).toEqual(nothing);
  });

  it("includes a name that is somebody else's network", async () => {
    const name = `${test.instance}-taken-main_default`;
    const network = await docker.createNetwork({ Name: name });
    await expect(
      create(servicesOf(image, { web: httpd }, { app: "taken-main" })),
    ).rejects.toMatchObject({ code: "conflict" });
    await network.remove();
  });

  it.each([
    ["a command", { command: ["nosuch"] }, "unhealthy", 'cannot be run: "nosuch"'],
    [
      "a folder of the server",
      { volumes: [{ type: "bind", source: "/nonexistent/x", target: "/x" }] },
      "refused",
      "/nonexistent/x",
    ],
  ])("is said when it starts: %s", async (_, part, code, message) => {
    const app = "start-main";
    const starting = async () => {
      const { containers } = await create(
        servicesOf(image, { web: { ...httpd, ...part } }, { app }),
      );
      await start(containers);
    };
    await expect(starting()).rejects.toMatchObject({
      code,
      message: expect.stringContaining(message),
    });
    await removeAll(app);
  });

  it("is said when it starts: a port that another has", async () => {
    const app = "port-main";
    const ports = [{ mode: "host", target: 80, published: "38917", protocol: "tcp" }];
    const spec = servicesOf(
      image,
      { web: { ...httpd, ports } },
      { app, wanted: [wantedOf("web", { count: 2 })] },
    );
    const { containers } = await create(spec);
    await expect(start(containers)).rejects.toMatchObject({
      code: "refused",
      message: "Port 38917 of this server is taken, and the service web of port-main wants it.",
    });
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

it("volumes are listed with whether they are used, and removed when they are not", async () => {
  const app = "volumes-main";
  const volumes = [{ type: "volume", source: "data", target: "/data" }];
  const spec = servicesOf(image, { db: { ...sleeper, volumes } }, { app });
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
