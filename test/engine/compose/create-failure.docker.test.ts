import { rmSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { noteDockerCalls } from "../../support/docker-calls.ts";
import { freePort } from "../../support/free-port.ts";
import { quickFolder } from "../../support/quick-folder.ts";
import { soon } from "../../support/soon.ts";
import { busyboxId, docker, testInstance } from "../support.ts";
import { httpd, nothing, projectsOf, sleeper } from "./projects.ts";
import { servicesOf, wantedOf } from "./support.ts";

const test = await testInstance();
const engine = test.connect();
const { composer } = engine;
const { create, start, removeAll, present } = projectsOf(test, engine);
const folder = quickFolder("goku-create-");
let image = "";

beforeAll(async () => {
  await engine.start();
  image = await busyboxId();
});
afterAll(async () => {
  await test.destroy();
  rmSync(folder, { recursive: true });
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
    const dockerSocket = join(folder, "docker.sock");
    const calls = await noteDockerCalls(dockerSocket);
    const creation = /^POST \S*\/containers\/create/;
    const release = calls.hold(creation);
    const stop = new AbortController();
    const spec = servicesOf(image, { web: httpd, db: sleeper }, { app });
    const creating = test.connect({ dockerSocket, pool: 0 }).composer.create(spec, stop.signal);
    // The network is there to be left behind, and what Docker was asked for comes only now.
    await soon(() => calls.asked.some((each) => creation.test(each))).toBe(true);
    expect((await present(app)).networks).toHaveLength(1);
    stop.abort(new Error("hung up"));
    release();
    await expect(creating).rejects.toThrow("hung up");
    expect(await present(app)).toEqual(nothing);
    await calls.close();
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
    const port = await freePort();
    const ports = [{ mode: "host", target: 80, published: `${port}`, protocol: "tcp" }];
    const spec = servicesOf(
      image,
      { web: { ...httpd, ports } },
      { app, wanted: [wantedOf("web", { count: 2 })] },
    );
    const { containers } = await create(spec);
    await expect(start(containers)).rejects.toMatchObject({
      code: "refused",
      message: `Port ${port} of this server is taken, and the service web of port-main wants it.`,
    });
    await removeAll(app);
  });
});
