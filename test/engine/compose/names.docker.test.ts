import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { ServiceContainer, ServicesSpec } from "../../../src/compose-ports.ts";
import { waitFor } from "../../../src/system/wait.ts";
import { busyboxId, docker, never, testInstance } from "../support.ts";
import { projectsOf, sleeper } from "./projects.ts";
import { definitionOf, servicesOf, wantedOf } from "./support.ts";

const test = await testInstance();
const engine = test.connect();
const { composer } = engine;
const { make, listed } = projectsOf(test, engine);
let image = "";

const httpd = { command: ["httpd", "-f", "-p", "80"], stop_signal: "SIGKILL" };

beforeAll(async () => {
  await engine.start();
  image = await busyboxId();
});
afterAll(() => test.destroy());

function only(containers: readonly ServiceContainer[], service: string): ServiceContainer {
  const found = containers.find((container) => container.service === service);
  if (found === undefined) {
    throw new Error(`there is no ${service}`);
  }
  return found;
}

async function execIn(id: string, ...command: string[]): Promise<string> {
  const exec = await docker
    .getContainer(id)
    .exec({ Cmd: command, AttachStdout: true, AttachStderr: true, Tty: true });
  let text = "";
  for await (const chunk of await exec.start({ Tty: true })) {
    text += String(chunk);
  }
  return text;
}

/** Addresses that a name has for a container. */
async function resolve(id: string, name: string): Promise<string[]> {
  const text = await execIn(id, "nslookup", name);
  return [...text.matchAll(/^Address(?: \d+)?: (\d+\.\d+\.\d+\.\d+)\s*$/gm)]
    .map(([, address = ""]) => address)
    .sort();
}

async function endpoints(id: string) {
  const { Name, NetworkSettings, State } = await docker.getContainer(id).inspect();
  const all = Object.entries(NetworkSettings.Networks);
  return {
    name: Name.slice(1),
    paused: State.Paused,
    addresses: Object.fromEntries(all.map(([network, { IPAddress }]) => [network, IPAddress])),
    macs: Object.fromEntries(all.map(([network, { MacAddress }]) => [network, MacAddress])),
  };
}

async function aliasesOf(id: string): Promise<string[]> {
  const { NetworkSettings } = await docker.getContainer(id).inspect();
  return Object.values(NetworkSettings.Networks).flatMap(
    ({ Aliases }) => Aliases?.toSorted() ?? [],
  );
}

const twoNetworks = (app: string): ServicesSpec => ({
  app,
  version: 1,
  origin: "v1",
  definition: definitionOf({
    services: {
      app: {
        ...httpd,
        networks: { default: { aliases: ["front"] }, back: { aliases: ["behind"] } },
        "x-goku-container-name": `${test.instance}-known`,
      },
      client: { ...sleeper, networks: { default: null, back: null } },
    },
    networks: { default: {}, back: { internal: true } },
  }),
  images: { app: image, client: image },
  wanted: [wantedOf("app"), wantedOf("client")],
});

describe("a service's names", () => {
  it("lead to its twin alone while the old one is hidden, and to both when it is shown", async () => {
    const app = "hide-main";
    const spec = twoNetworks(app);
    const first = await make(spec);
    const [old, client] = [only(first, "app"), only(first, "client")];
    const known = `${test.instance}-known`;
    await composer.renameService(old.id, known);
    const before = await endpoints(old.id);
    const twin = only(await make({ ...spec, wanted: [wantedOf("app")] }), "app");
    const own = (await endpoints(twin.id)).addresses;
    const [front, back] = [`${test.instance}-${app}_default`, `${test.instance}-${app}_back`];
    const each = (addresses: Record<string, string>) => [addresses[back], addresses[front]];
    const both = [...each(before.addresses), ...each(own)];
    expect(await resolve(client.id, "app")).toEqual(
      expect.arrayContaining([before.addresses[front], own[front]]),
    );

    await composer.hideNames([await listed(app, old.id)]);
    const hidden = await endpoints(old.id);
    expect(hidden).toMatchObject({
      paused: false,
      addresses: before.addresses,
      macs: before.macs,
      name: `${test.instance}-${app}-app-1`,
    });
    for (const name of ["app", "front", "behind"]) {
      const found = await resolve(client.id, name);
      expect(found.length).toBeGreaterThan(0);
      expect(each(own)).toEqual(expect.arrayContaining(found));
    }
    expect(await resolve(client.id, known)).toEqual([]);
    const { StartedAt } = (await docker.getContainer(old.id).inspect()).State;
    await composer.hideNames([await listed(app, old.id)]);
    expect(await endpoints(old.id)).toEqual(hidden);

    await composer.showNames([await listed(app, old.id)], spec.definition);
    expect(await endpoints(old.id)).toEqual(before);
    for (const [name, network] of [
      ["app", null],
      ["front", front],
      ["behind", back],
    ] as const) {
      const wanted = network === null ? both : [before.addresses[network], own[network]];
      const found = await resolve(client.id, name);
      expect(wanted).toEqual(expect.arrayContaining(found));
      expect(found.some((address) => each(before.addresses).includes(address))).toBe(true);
    }
    expect(await resolve(client.id, known)).not.toEqual([]);
    await composer.showNames([await listed(app, old.id)], spec.definition);
    const { StartedAt: still } = (await docker.getContainer(old.id).inspect()).State;
    expect(still).toBe(StartedAt);

    await engine.removeReplica(old.id);
    await composer.hideNames([old]);
    await composer.showNames([old], spec.definition);
  });

  it("are taken without cutting off what is open, and without refusing what begins", async () => {
    const app = "open-main";
    const untilAnswers = (name: string) =>
      `until wget -q -T 1 -O /dev/null http://${name}/none 2>&1 | grep -q 404; do sleep 0.1; done`;
    const ask =
      "wget -q -T 10 -O /dev/null http://other/ 2>/tmp/e; grep -q 404 /tmp/e || cat /tmp/e";
    const serve = [
      "mkdir -p /www/cgi-bin",
      "printf '#!/bin/sh\\nprintf \"\\\\r\\\\n\"; while :; do echo tick; sleep 0.05; done' > /www/cgi-bin/ticks",
      "chmod +x /www/cgi-bin/ticks",
      "httpd -p 80 -h /www",
      untilAnswers("other"),
      `while :; do ${ask}; done`,
    ].join("; ");
    const spec = servicesOf(
      image,
      {
        app: { command: ["sh", "-c", serve], stop_signal: "SIGKILL" },
        other: httpd,
        client: {
          // Once: a client that asked again would hide a connection that was cut off.
          command: ["sh", "-c", `${untilAnswers("app")}; wget -q -O - http://app/cgi-bin/ticks`],
          stop_signal: "SIGKILL",
        },
      },
      { app },
    );
    const containers = await make(spec);
    const [old, client] = [only(containers, "app"), only(containers, "client")];
    const ticks = async () =>
      (await docker.getContainer(client.id).logs({ stdout: true })).toString().split("tick").length;
    const moreThan = async (count: number) =>
      waitFor(async () => ((await ticks()) > count ? true : null), { timeoutMs: 60_000 });
    expect(await moreThan(3)).toBe(true);
    for (let round = 0; round < 3; round++) {
      await composer.hideNames([old]);
      expect(await moreThan((await ticks()) + 3)).toBe(true);
      await composer.showNames([old], spec.definition);
      expect(await moreThan((await ticks()) + 3)).toBe(true);
    }
    const said = await docker.getContainer(old.id).logs({ stdout: true, stderr: true });
    expect(said.toString()).toBe("");
  });

  it("stay with a container on a network whose subnet Docker chose, and with the routed network", async () => {
    const app = "left-main";
    const name = `${test.instance}-${app}_default`;
    const labels = { "goku.instance": test.instance, "goku.app": app };
    await docker.createNetwork({ Name: name, Labels: labels });
    const spec = servicesOf(image, { app: sleeper }, { app });
    const routed = [wantedOf("app", { routed: true })];
    const old = only(await make({ ...spec, wanted: routed }), "app");
    const before = await docker.getContainer(old.id).inspect();
    await composer.hideNames([old]);
    const after = await docker.getContainer(old.id).inspect();
    expect(after.NetworkSettings.Networks).toEqual(before.NetworkSettings.Networks);
    const routedNetwork = `${test.instance}-services`;
    expect(after.NetworkSettings.Networks[routedNetwork]?.IPAddress).toBe(old.address);
  });

  it("are lent beside its own, and its own alone are left when they are shown again", async () => {
    const app = "lend-main";
    const spec = servicesOf(image, { app: httpd, client: sleeper }, { app });
    const containers = await make(spec);
    const [old, client] = [only(containers, "app"), only(containers, "client")];
    const [network, known] = [`${test.instance}-${app}_default`, `${test.instance}-shelf`];
    const [before, aliases] = [await endpoints(old.id), await aliasesOf(old.id)];
    const here = [before.addresses[network]];
    const networks = { default: { aliases: ["rack"] } };
    const store = { ...httpd, networks, "x-goku-container-name": known };
    const next = definitionOf({ services: { store }, networks: { default: {} } });
    await composer.lendNames([{ ...(await listed(app, old.id)), service: "store" }], next);
    for (const name of ["app", "store", "rack", known]) {
      expect(await resolve(client.id, name)).toEqual(here);
    }

    await composer.showNames([await listed(app, old.id)], spec.definition);
    expect(await endpoints(old.id)).toEqual(before);
    expect(await aliasesOf(old.id)).toEqual(aliases);
    expect(await resolve(client.id, "app")).toEqual(here);
    for (const name of ["store", "rack", known]) {
      expect(await resolve(client.id, name)).toEqual([]);
    }
  });

  it("come back to one that was left paused and off its network", async () => {
    const app = "killed-main";
    const spec = servicesOf(image, { app: httpd, client: sleeper }, { app });
    const containers = await make(spec);
    const [old, client] = [only(containers, "app"), only(containers, "client")];
    await docker.getContainer(old.id).pause();
    await docker.getNetwork(`${test.instance}-${app}_default`).disconnect({ Container: old.id });
    await composer.showNames([old], spec.definition);
    expect((await endpoints(old.id)).paused).toBe(false);
    expect(await resolve(client.id, "app")).toHaveLength(1);
  });

  it("are taken on a network whose subnet and address are the file's own", async () => {
    const app = "file-main";
    const part = { networks: { default: { ipv4_address: "10.222.77.9", aliases: ["front"] } } };
    const definition = definitionOf({
      services: {
        app: { ...httpd, ...part },
        client: { ...sleeper, networks: { default: null } },
      },
      networks: { default: { ipam: { config: [{ subnet: "10.222.77.0/26" }] } } },
    });
    const spec = { ...servicesOf(image, { app: httpd, client: sleeper }, { app }), definition };
    const containers = await make(spec);
    const [old, client] = [only(containers, "app"), only(containers, "client")];
    expect(await resolve(client.id, "front")).toEqual(["10.222.77.9"]);
    await composer.hideNames([old]);
    expect(await resolve(client.id, "front")).toEqual([]);
    await composer.showNames([old], definition);
    expect(await resolve(client.id, "front")).toEqual(["10.222.77.9"]);
  });
});

describe("addresses", () => {
  it("are each container's own, and the next container's of the service when asked for", async () => {
    const app = "place-main";
    const spec = twoNetworks(app);
    const first = await make({
      ...spec,
      wanted: [wantedOf("app"), wantedOf("client", { count: 2 })],
    });
    const old = only(first, "app");
    const before = await endpoints(old.id);
    const addresses = await Promise.all(
      first.map(async ({ id }) => (await endpoints(id)).addresses),
    );
    const all = addresses.flatMap((each) => Object.values(each));
    expect(new Set(all).size).toBe(6);

    const wanted = [wantedOf("app", { replaces: [old] })];
    const { containers } = await composer.create({ ...spec, wanted }, never);
    const fresh = only(containers, "app");
    await engine.stopReplica(old.id, 0);
    await composer.startService(fresh, never);
    expect((await endpoints(fresh.id)).addresses).toEqual(before.addresses);
    const client = only(first, "client");
    const found = await resolve(client.id, "behind");
    expect(Object.values(before.addresses)).toEqual(expect.arrayContaining(found));

    // Taken back: the old one has it again.
    await engine.removeReplica(fresh.id);
    await composer.startService(old, never);
    expect((await endpoints(old.id)).addresses).toEqual(before.addresses);
  });

  it("are Docker's choice where the instance has no network to spare", async () => {
    const small = await testInstance({ subnet: "10.222.80.0/22" });
    const other = small.connect();
    try {
      await other.start();
      const spec = servicesOf(image, { app: httpd }, { app: "small-main" });
      const { containers } = await other.composer.create(spec, never);
      for (const container of containers) {
        await other.composer.startService(container, never);
        await other.composer.hideNames([container]);
        await other.composer.showNames([container], spec.definition);
      }
      expect(containers).toHaveLength(1);
      expect((await endpoints(containers[0]?.id ?? "")).addresses).not.toEqual({});
    } finally {
      await small.destroy();
    }
  });
});
