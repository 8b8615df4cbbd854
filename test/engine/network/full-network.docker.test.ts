import { afterAll, beforeAll, expect, it } from "vitest";
import { addressesOf, parseSubnet } from "../../../src/engine/network/subnet.ts";
import { busyboxId, docker, never, specOf, testInstance } from "../support.ts";

const test = await testInstance({ pool: 0, subnet: "10.221.0.0/16" });
const engine = test.connect();
let image = "";

beforeAll(async () => {
  await engine.start();
  image = await busyboxId();
});

afterAll(() => test.destroy());

async function networks(): Promise<(string | undefined)[]> {
  const filters = { label: [`goku.instance=${test.instance}`] };
  const found = await docker.listNetworks({ filters });
  return found.map(({ Name }) => Name).sort();
}

/** The instance's networks, in the order they were made. */
async function subnets(): Promise<(string | undefined)[]> {
  const found = await Promise.all(
    (await networks()).map((name) => docker.getNetwork(name ?? "").inspect()),
  );
  return found.map(({ IPAM }) => IPAM?.Config?.[0]?.Subnet);
}

/** All addresses of the first network that can be leased. */
async function firstAddresses(): Promise<string[]> {
  const [subnet = ""] = await subnets();
  return [...addressesOf(parseSubnet(subnet))];
}

it("passes by an address that somebody else's container has taken", async () => {
  const first = (await firstAddresses())[0] ?? "";
  const stranger = await docker.createContainer({
    Image: "goku-test/busybox",
    Cmd: ["sleep", "600"],
    Labels: { "goku.instance": test.instance },
    HostConfig: { NetworkMode: test.instance },
    NetworkingConfig: {
      EndpointsConfig: { [test.instance]: { IPAMConfig: { IPv4Address: first } } },
    },
  });
  await stranger.start();
  const replica = await engine.startReplica(specOf({ image }), never);
  expect(replica.address).not.toBe(first);
  expect(test.leases.all().map(({ address }) => address)).toEqual([replica.address]);
  await engine.removeReplica(replica.id);
  await stranger.remove({ force: true });
});

it("makes another network when one is full", async () => {
  expect(await networks()).toEqual([test.instance]);
  for (const address of await firstAddresses()) {
    test.leases.lease([address], `holder of ${address}`);
  }
  const replica = await engine.startReplica(specOf({ image }), never);
  expect(await networks()).toEqual([test.instance, `${test.instance}-2`]);
  const [, second] = await subnets();
  expect([...addressesOf(parseSubnet(second ?? ""))][0]).toBe(replica.address);
  await engine.removeReplica(replica.id);
});

it("serves at once where Goku started without Docker and has not settled since", async () => {
  const replica = await test.connect().startReplica(specOf({ image }), never);
  expect(await networks()).toContain(test.instance);
  await engine.removeReplica(replica.id);
});

it("does not hand an address that was given back to the next one", async () => {
  const first = await engine.startReplica(specOf({ image }), never);
  await engine.removeReplica(first.id);
  const second = await engine.startReplica(specOf({ image }), never);
  expect(second.address).not.toBe(first.address);
  await engine.removeReplica(second.id);
});

it("makes room for itself beside another instance with the same network", async () => {
  const other = await testInstance({ subnet: test.options.subnet, pool: 1 });
  try {
    const engine2 = other.connect();
    await engine2.start();
    const replica = await engine2.startReplica(specOf({ image }), never);
    const theirs = await docker.getNetwork(other.instance).inspect();
    expect(await subnets()).not.toContain(theirs.IPAM?.Config?.[0]?.Subnet);
    await engine2.removeReplica(replica.id);
  } finally {
    await other.destroy();
  }
});
