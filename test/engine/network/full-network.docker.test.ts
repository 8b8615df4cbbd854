import { afterAll, beforeAll, expect, it } from "vitest";
import { busyboxId, docker, never, specOf, testInstance } from "../support.ts";

const test = testInstance({ pool: 0 });
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

it("passes by an address that somebody else's container has taken", async () => {
  const first = test.options.subnet.replace(/\.0\/20$/, ".2");
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
  const [begin = ""] = test.options.subnet.split("/");
  const [a, b, c = 0] = begin.split(".").map(Number);
  // All but the network's own address, the gateway, and those that Docker may hand out itself.
  for (let at = 2; at < 1_024 - 16; at++) {
    test.leases.lease([`${a}.${b}.${c + (at >> 8)}.${at & 255}`], `holder ${at}`);
  }
  const replica = await engine.startReplica(specOf({ image }), never);
  expect(await networks()).toEqual([test.instance, `${test.instance}-2`]);
  expect(replica.address).toBe(`${a}.${b}.${c + 4}.2`);
  await engine.removeReplica(replica.id);
});

it("does not hand an address that was given back to the next one", async () => {
  const first = await engine.startReplica(specOf({ image }), never);
  await engine.removeReplica(first.id);
  const second = await engine.startReplica(specOf({ image }), never);
  expect(second.address).not.toBe(first.address);
  await engine.removeReplica(second.id);
});
