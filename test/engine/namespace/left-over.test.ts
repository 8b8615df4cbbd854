import { expect, it } from "vitest";
import type { Listed } from "../../../src/engine/container-list.ts";
import { findLeftOvers } from "../../../src/engine/namespace/left-over.ts";

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

it("takes over spares up to the pool's size, and removes the others", () => {
  const found = findLeftOvers([spare("a"), spare("bb"), spare("ccc")], [], new Set(), 2);
  expect(ids(found.adopt)).toEqual(["a", "bb"]);
  expect(ids(found.remove)).toEqual(["ccc"]);
  expect(found.lease).toEqual([
    { address: "10.213.0.1", holder: "name-a" },
    { address: "10.213.0.2", holder: "name-bb" },
  ]);
});

it("leaves alone what somebody has joined or is working with", () => {
  const containers = [
    spare("joined"),
    container("app", { joins: "joined", running: false }),
    spare("by-id"),
    spare("by-name"),
  ];
  const leases = [{ address: "10.213.0.77", holder: "name-by-name" }];
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
    { address: "10.213.0.5", holder: "gone" },
    { address: "10.213.0.6", holder: "name-app" },
    { address: "10.213.0.7", holder: "being-made" },
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
  const held = [{ address: "10.213.0.8", holder: "web" }];
  expect(findLeftOvers([service], held, new Set(), 0)).toMatchObject({ release: [], lease: [] });
  expect(findLeftOvers([service], [], new Set(), 0)).toMatchObject({ release: [], lease: held });
  expect(findLeftOvers([], held, new Set(), 0)).toMatchObject({ release: held, lease: [] });
});

it("has no room for more spares than it has", () => {
  expect(ids(findLeftOvers([spare("a")], [], new Set(), -1).remove)).toEqual(["a"]);
});
