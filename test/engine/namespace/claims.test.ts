import { expect, it } from "vitest";
import { connectDocker } from "../../../src/engine/client/docker.ts";
import { createNames } from "../../../src/engine/names.ts";
import { createClaims } from "../../../src/engine/namespace/claims.ts";
import { createNamespaces } from "../../../src/engine/namespace/namespaces.ts";
import { createPool } from "../../../src/engine/namespace/pool.ts";
import { tidyNamespaces } from "../../../src/engine/namespace/tidy.ts";
import type { LinkNetworks } from "../../../src/engine/network/link-network.ts";
import type { RoutedNetworks } from "../../../src/engine/network/routed-networks.ts";
import type { Leases } from "../../../src/store-ports.ts";
import { emptyStore } from "../../store/open.ts";
import { stub } from "../../web/stub.ts";
import { answerJson, fakeDocker } from "../client/fake-docker.ts";
import { specOf } from "../support.ts";
import { silentLog } from "../../support/silent-log.ts";

const address = "10.213.0.2";

/** Claims in a Docker that refuses removals, and with a database that takes no writes, as long as a test says so. */
async function makeClaims() {
  const trouble = { removals: false, disk: false };
  const present: string[] = [];
  const socket = await fakeDocker(({ url = "", method }, response) => {
    if (method === "DELETE") {
      if (!trouble.removals) {
        present.splice(0);
      }
      answerJson(response, trouble.removals ? 500 : 204, { message: "not now" });
    } else {
      const name = new URL(url, "http://docker").searchParams.get("name");
      present.push(...(name === null ? [] : [name]));
      answerJson(response, name === null ? 204 : 201, { Id: "made" });
    }
  });
  const log = silentLog();
  const names = createNames("goku");
  const stored = emptyStore().leases;
  const leases: Leases = {
    ...stored,
    settle(of, app) {
      if (trouble.disk) {
        throw new Error("database or disk is full");
      }
      stored.settle(of, app);
    },
  };
  const networks = stub<RoutedNetworks>("networks", {
    lease: async (holder) => {
      leases.lease([address], holder);
      return { network: "goku", address };
    },
  });
  const namespaces = createNamespaces(
    connectDocker(socket),
    names,
    networks,
    leases,
    async () => undefined,
    log,
  );
  const pool = createPool(
    { spares: 0, reused: 0 },
    () => namespaces.make(null),
    namespaces.remove,
    log,
  );
  const list = async () =>
    present.map((name) => ({
      id: "made",
      name,
      labels: { "goku.role": "namespace", "goku.generic": "true" },
      image: "sha256:0",
      state: "running",
      exitStatus: null,
      running: true,
      restarting: false,
      createdAt: "2026-01-01T00:00:00.000Z",
      joins: null,
      address,
      networks: ["goku"],
      networkIds: [],
      writes: [],
    }));
  const claims = createClaims(
    names,
    namespaces,
    pool,
    stub<LinkNetworks>("links"),
    list,
    leases,
    log,
  );
  const tidy = () => tidyNamespaces({ list, leases, claims, namespaces, pool, log });
  return { claims, leases, present, tidy, trouble };
}

const spec = specOf({ image: "sha256:0", app: "blog-main" });

it("lets go of a namespace that Docker could not remove: the next tidying removes it", async () => {
  const { claims, leases, present, tidy, trouble } = await makeClaims();
  const namespace = await claims.claim(spec);
  trouble.removals = true;
  await expect(claims.giveUp(namespace, spec.app)).rejects.toThrow("not now");
  trouble.removals = false;
  expect(present).toEqual([namespace.name]);

  await tidy();

  expect(present).toEqual([]);
  expect(leases.all()).toEqual([]);
});

it("gives up a namespace whose lease cannot be written", async () => {
  const { claims, present, trouble } = await makeClaims();
  trouble.disk = true;
  await expect(claims.claim(spec)).rejects.toThrow("disk is full");
  expect(present).toEqual([]);
  expect([...claims.used()]).toEqual([]);
});

it("keeps no claim on a namespace that it could not hand back", async () => {
  const { claims, trouble } = await makeClaims();
  const namespace = await claims.claim(spec);
  claims.settle(namespace);
  trouble.disk = true;
  await expect(
    claims.handBack(namespace, "shop-main", async () => expect.unreachable()),
  ).rejects.toThrow("disk is full");
  expect([...claims.used()]).toEqual([]);
});
