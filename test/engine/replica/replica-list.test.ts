import { expect, it } from "vitest";
import { givenAddress, joinedContainer, type Listed } from "../../../src/engine/container-list.ts";
import { healthcheckCommand } from "../../../src/engine/replica/healthcheck.ts";
import { logQuery } from "../../../src/engine/replica/logs.ts";
import { readReplicas } from "../../../src/engine/replica/replica-list.ts";

const base: Listed = {
  id: "app",
  name: "web-main.v3.2",
  labels: { "goku.app": "web-main", "goku.release": "3", "goku.index": "2" },
  image: "sha256:abc",
  state: "running",
  exitStatus: null,
  running: true,
  restarting: false,
  createdAt: "2026-01-01T00:00:00.000Z",
  joins: "ns",
  address: null,
  networks: [],
  networkIds: [],
  writes: [],
};
const namespace: Listed = {
  ...base,
  id: "ns",
  name: "goku-namespace-1",
  labels: { "goku.role": "namespace" },
  joins: null,
  address: "10.213.0.2",
};

it("gives a replica the address of its namespace", () => {
  expect(readReplicas([base, namespace])).toEqual([
    {
      id: "app",
      name: "web-main.v3.2",
      app: "web-main",
      service: null,
      version: 3,
      index: 2,
      image: "sha256:abc",
      address: "10.213.0.2",
      running: true,
      restarting: false,
      createdAt: "2026-01-01T00:00:00.000Z",
    },
  ]);
});

it("takes one for running only where its namespace runs too", () => {
  const still = { ...namespace, running: false };
  expect(readReplicas([base, still])[0]).toMatchObject({ running: false, address: "10.213.0.2" });
  expect(readReplicas([base])[0]).toMatchObject({ running: false, address: null });
});

it("tells one that Docker is about to start again", () => {
  const dying = { ...base, running: false, restarting: true };
  expect(readReplicas([dying, namespace])[0]).toMatchObject({ running: false, restarting: true });
  expect(readReplicas([dying])[0]).toMatchObject({ running: false, restarting: false });
});

it("takes routed services for replicas, with their own address and their place by number", () => {
  const service = (id: string, name: string, number: number, release = "3"): Listed => ({
    ...base,
    id,
    labels: {
      "goku.app": "web-main",
      "goku.release": release,
      "goku.fingerprint": "f",
      "com.docker.compose.service": name,
      "com.docker.compose.container-number": String(number),
    },
    joins: null,
    address: "10.213.0.9",
  });
  const found = readReplicas([
    service("c", "web", 12),
    service("b", "web", 9),
    service("old", "web", 8, "2"),
    service("a", "api", 7),
  ]);
  expect(found.map((each) => [each.id, each.service, each.index, each.version])).toEqual([
    ["c", "web", 2, 3],
    ["b", "web", 1, 3],
    ["old", "web", 1, 2],
    ["a", "api", 1, 3],
  ]);
  expect(found[0]).toMatchObject({ address: "10.213.0.9", running: true });
});

it("leaves out what is no replica, and other apps", () => {
  const run = { ...base, labels: { ...base.labels, "goku.role": "run" } };
  const service = { ...base, labels: { "goku.app": "web-main" } };
  const other = { ...base, labels: { ...base.labels, "goku.app": "web-main-2" } };
  expect(readReplicas([run, service, other, namespace], "web-main")).toEqual([]);
});

it("reads network modes and addresses as Docker lists them", () => {
  expect(joinedContainer("container:abc")).toBe("abc");
  expect(joinedContainer("goku")).toBeNull();
  expect(joinedContainer(undefined)).toBeNull();
  const networks = {
    "goku-a-links": { IPAMConfig: null },
    "blog-main_default": { IPAMConfig: { IPv4Address: "172.20.0.9" } },
    "goku-2": { IPAMConfig: { IPv4Address: "10.213.0.2" } },
  };
  expect(givenAddress(networks, "goku")).toBe("10.213.0.2");
  expect(givenAddress(networks, "other")).toBeNull();
  expect(givenAddress({ bridge: { IPAMConfig: undefined } }, "goku")).toBeNull();
});

it("asks Docker for the log it wants", () => {
  expect(logQuery({ follow: true, tail: 50, since: null })).toEqual({
    stdout: true,
    stderr: true,
    follow: true,
    tail: "50",
  });
  expect(logQuery({ follow: false, tail: null, since: "2026-01-01T00:00:00.250Z" })).toMatchObject({
    tail: "all",
    since: "1767225600.250",
  });
});

it.each([
  [["CMD", "curl", "-f", "/"], [], ["curl", "-f", "/"]],
  [["CMD-SHELL", "a | b"], [], ["/bin/sh", "-c", "a | b"]],
  [
    ["CMD-SHELL", "a | b"],
    ["/bin/bash", "-ec"],
    ["/bin/bash", "-ec", "a | b"],
  ],
  [["NONE"], [], null],
  [undefined, [], null],
])("runs the test %j by %j", (test, shell, command) => {
  expect(healthcheckCommand(test, shell)).toEqual(command);
});
