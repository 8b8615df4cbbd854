import type { IncomingMessage, ServerResponse } from "node:http";
import { json } from "node:stream/consumers";
import { expect, it } from "vitest";
import { z } from "zod";
import { connectDocker } from "../../../src/engine/client/docker.ts";
import { createRoutedNetworks } from "../../../src/engine/network/routed-networks.ts";
import { addressesOf, parseSubnet } from "../../../src/engine/network/subnet.ts";
import type { Leases } from "../../../src/store-ports.ts";
import { deferred } from "../../../src/system/deferred.ts";
import { emptyStore } from "../../store/open.ts";
import { soon } from "../../support/soon.ts";
import { answerJson, fakeDocker } from "../client/fake-docker.ts";

const networkSchema = z.object({
  Name: z.string(),
  IPAM: z.object({ Config: z.array(z.object({ Subnet: z.string() })) }),
});

type Network = z.infer<typeof networkSchema>;

const shop: Network = { Name: "shop", IPAM: { Config: [{ Subnet: "10.221.0.0/22" }] } };

/** A Docker that has networks, refuses a second of one name, and tells them late while `late` is pending. */
async function dockerWith(...networks: Network[]) {
  const answers = { asked: 0, late: Promise.resolve() };
  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (request.method === "GET") {
      const list = [...networks];
      answers.asked += 1;
      await answers.late;
      answerJson(response, 200, list);
      return;
    }
    const network = networkSchema.parse(await json(request));
    if (networks.some(({ Name }) => Name === network.Name)) {
      answerJson(response, 409, { message: `network with name ${network.Name} already exists` });
      return;
    }
    networks.push(network);
    answerJson(response, 201, { Id: network.Name });
  }
  const socket = await fakeDocker((request, response) => void answer(request, response));
  return { docker: connectDocker(socket), networks, answers };
}

/** What can be leased: the first address, of those that somebody else does not have. */
function leasesBeside(taken: RegExp): Leases {
  return {
    lease: (candidates) => [...candidates].find((address) => !taken.test(address)) ?? null,
    settle: () => undefined,
    release: () => undefined,
    all: () => [],
  };
}

function networksOf(docker: Awaited<ReturnType<typeof dockerWith>>["docker"], leases: Leases) {
  const nameOf = (at: number) => (at === 1 ? "shop" : `shop-${at}`);
  const kind = { nameOf, internal: false, ahead: true };
  return createRoutedNetworks(docker, "shop", kind, parseSubnet("10.221.0.0/16"), leases);
}

it("finds the network that is there where nobody has looked yet, and makes no other", async () => {
  const { docker, networks } = await dockerWith(shop);
  expect(await networksOf(docker, leasesBeside(/none/)).lease("one")).toEqual({
    network: "shop",
    address: "10.221.0.2",
  });
  expect(networks).toEqual([shop]);
});

it("finds one again that was made while it looked", async () => {
  const { docker, networks, answers } = await dockerWith(shop);
  const routed = networksOf(docker, leasesBeside(/^10\.221\.[0-3]\./));
  await routed.ensure();
  const asked = deferred<void>();
  answers.late = asked.promise;
  const look = routed.ensure();
  await soon(() => answers.asked).toBe(2);
  answers.late = Promise.resolve();
  expect((await routed.lease("one")).network).toBe("shop-2");
  asked.resolve();
  await look;
  expect((await routed.lease("two")).network).toBe("shop-2");
  expect(networks.map(({ Name }) => Name)).toEqual(["shop", "shop-2"]);
});

it("gives away what was held when it started only where nothing else is free: nginx may still name it", async () => {
  const { leases } = emptyStore();
  const { docker } = await dockerWith(shop);
  const before = networksOf(docker, leases);
  const held = [await before.lease("one"), await before.lease("another")];

  const after = networksOf(docker, leases);
  held.forEach(({ address }) => leases.release(address));
  const given: string[] = [];
  for (const _ of addressesOf(parseSubnet("10.221.0.0/22"))) {
    given.push((await after.lease("spare")).address);
  }

  expect(given[0]).toBe("10.221.0.4");
  expect(given.slice(-2)).toEqual(held.map(({ address }) => address));
});
