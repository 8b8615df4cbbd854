import { expect, it } from "vitest";
import type { Listed } from "../../../src/engine/container-list.ts";
import { findLeftOvers } from "../../../src/engine/namespace/left-over.ts";
import type { Lease } from "../../../src/store-ports.ts";

function container(id: string, change: Partial<Listed> = {}): Listed {
  return {
    id,
    name: `name-${id}`,
    labels: {},
    image: "sha256:0",
    state: "running",
    exitStatus: null,
    running: true,
    restarting: false,
    createdAt: "2026-01-01T00:00:00.000Z",
    joins: null,
    address: null,
    networks: ["goku"],
    networkIds: [],
    writes: [],
    ...change,
  };
}

const namespaceLabels = { "goku.role": "namespace" };
const spare = (id: string, change: Partial<Listed> = {}) =>
  container(id, {
    labels: { ...namespaceLabels, "goku.generic": "true" },
    address: `10.213.0.${id.length}`,
    ...change,
  });
const ids = (found: readonly { readonly id: string }[]) => found.map(({ id }) => id);

const leaseOf = (id: string, app: string | null = null): Lease => ({
  address: `10.213.0.${id.length}`,
  holder: `name-${id}`,
  app,
});

it("takes over spares up to the pool's size, and removes the others", () => {
  const all = ["a", "bb", "ccc"];
  const found = findLeftOvers(
    all.map((id) => spare(id)),
    all.map((id) => leaseOf(id)),
    new Set(),
    2,
  );
  expect(ids(found.adopt)).toEqual(["a", "bb"]);
  expect(ids(found.remove)).toEqual(["ccc"]);
  expect([...found.rest, ...found.lease, ...found.release]).toEqual([]);
});

it("lets those that an app has left rest for that app, and makes none of them a spare", () => {
  const leases = [leaseOf("a", "blog-main"), leaseOf("bb"), leaseOf("ccc", "shop-main")];
  const found = findLeftOvers([spare("a"), spare("bb"), spare("ccc")], leases, new Set(), 9);
  expect(found.rest.map(({ namespace, app }) => [namespace.id, app])).toEqual([
    ["a", "blog-main"],
    ["ccc", "shop-main"],
  ]);
  expect(ids(found.adopt)).toEqual(["bb"]);
  expect(found.remove).toEqual([]);
});

it("removes one whose lease is lost, as it may have been anybody's, and leases again what is in use", () => {
  const containers = [spare("a"), spare("bb"), container("app", { joins: "bb" })];
  const found = findLeftOvers(containers, [], new Set(), 9);
  expect(ids(found.remove)).toEqual(["a"]);
  expect(found.lease).toEqual([{ address: "10.213.0.2", holder: "name-bb" }]);
});

it("leaves alone what somebody has joined or is working with", () => {
  const containers = [
    spare("joined"),
    container("app", { joins: "joined", running: false }),
    spare("by-id"),
    spare("by-name"),
  ];
  const leases = [{ address: "10.213.0.77", holder: "name-by-name", app: null }];
  const found = findLeftOvers(containers, leases, new Set(["by-id", "name-by-name"]), 9);
  expect([...found.adopt, ...found.remove, ...found.release]).toEqual([]);
});

it("removes those that stand still, and those made for one replica", () => {
  const containers = [
    spare("still", { running: false }),
    container("own", { labels: namespaceLabels }),
  ];
  const found = findLeftOvers(containers, [], new Set(), 9);
  expect(ids(found.remove)).toEqual(["still", "own"]);
  expect(found.adopt).toEqual([]);
  expect(found.lease).toEqual([]);
});

it("gives back leases of holders that are gone, and only those", () => {
  const leases = [
    { address: "10.213.0.5", holder: "gone", app: null },
    { address: "10.213.0.6", holder: "name-app", app: null },
    { address: "10.213.0.7", holder: "being-made", app: null },
  ];
  const found = findLeftOvers([container("app")], leases, new Set(["being-made"]), 0);
  expect(found.release).toEqual([leases[0]]);
});

it("knows a service's lease by the container's id, which no other name changes", () => {
  const service = container("web", {
    address: "10.213.0.8",
    labels: {
      "goku.app": "blog-main",
      "goku.release": "3",
      "goku.fingerprint": "f",
      "com.docker.compose.service": "web",
    },
  });
  const lost = { address: "10.213.0.8", holder: "web" };
  const held = [{ ...lost, app: null }];
  expect(findLeftOvers([service], held, new Set(), 0)).toMatchObject({ release: [], lease: [] });
  expect(findLeftOvers([service], [], new Set(), 0)).toMatchObject({ release: [], lease: [lost] });
  expect(findLeftOvers([], held, new Set(), 0)).toMatchObject({ release: held, lease: [] });
});

it("has no room for more spares than it has", () => {
  expect(ids(findLeftOvers([spare("a")], [leaseOf("a")], new Set(), -1).remove)).toEqual(["a"]);
});
