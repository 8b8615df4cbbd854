import * as fc from "fast-check";
import { expect, test } from "vitest";
import { fingerprint } from "../../../src/project/compose/fingerprint.ts";
import { hashOf } from "../../../src/project/compose/hash-of.ts";
import { withImages } from "../../../src/project/compose/with-images.ts";
import { bind, facts, type Literal, read, services, tree } from "./read-literal.ts";

const printOf = (literal: Literal, service = "a", id = "sha256:1", changes = {}) =>
  fingerprint(withImages(read(literal, changes), { a: { id, ports: [], volumes: [] } }), service);

const volume = { type: "volume", source: "data", target: "/data" };
const base = services({ a: { volumes: [volume] }, b: {} }, { volumes: { data: {} } });

test("the same is the same", () => {
  expect(printOf(base)).toBe(printOf(structuredClone(base)));
  expect(printOf(base)).toMatch(/^[0-9a-f]{64}$/);
});

test.each([
  ["its image", () => printOf(base, "a", "sha256:2")],
  [
    "its definition",
    () =>
      printOf(services({ a: { volumes: [volume], tty: true }, b: {} }, { volumes: { data: {} } })),
  ],
  ["its volume", () => printOf({ ...base, volumes: { data: { driver: "nfs" } } })],
  ["its network", () => printOf({ ...base, networks: { default: { internal: true } } })],
])("a change of %s is one", (_, print) => {
  expect(print()).not.toBe(printOf(base));
});

test("a change of another service is none", () => {
  const other = services({ a: { volumes: [volume] }, b: { tty: true } }, { volumes: { data: {} } });
  expect(printOf(other)).toBe(printOf(base));
});

test("a change of the service whose namespace it shares is one", () => {
  const file = (part: Literal) => services({ a: { network_mode: "service:b" }, b: part });
  expect(printOf(file({ tty: true }))).not.toBe(printOf(file({})));
});

test.each([
  ["of a short host", { tty: true }, {}],
  ["of a long host", { tty: true }, { environment: { LONG: "x".repeat(20_000) } }],
  [
    "in the end of a long host's text",
    { environment: { LONG: `${"x".repeat(20_000)}y` } },
    { environment: { LONG: "x".repeat(20_001) } },
  ],
])("a change %s at the end of a chain of hosts is one", (_, change, host) => {
  const file = (part: Literal) =>
    services({ a: { pid: "service:b" }, b: { ipc: "service:c", pid: "service:c" }, c: part });
  expect(printOf(file({ ...host, ...change }))).not.toBe(printOf(file(host)));
});

test("a change of a long network is one", () => {
  const file = (end: string) => ({
    ...base,
    networks: { default: { driver_opts: { long: "x".repeat(20_000) + end } } },
  });
  expect(printOf(file("1"))).not.toBe(printOf(file("2")));
  expect(printOf(file("1"))).toBe(printOf(file("1")));
});

test("services that share namespaces have the fingerprint that they had before hosts were read once", () => {
  const file = services({
    a: { network_mode: "service:b", pid: "service:c" },
    b: { ipc: "service:c" },
    c: {},
  });
  expect(printOf(file)).toBe("1523ed31c24c0d8dea5d7c2ade7a463694322ecfb2a77c7df0815c5cc1c76b13");
});

test.each([
  ["itself", { a: { pid: "service:a" }, b: {} }],
  ["one that shares it", { a: { pid: "service:b" }, b: { ipc: "service:a" } }],
])("a service that shares the namespace of %s has one too", (_, parts) => {
  expect(printOf(services(parts))).toMatch(/^[0-9a-f]{64}$/);
});

test("another content of a file is a change, another commit is none", () => {
  const file = services({ a: { volumes: [bind("a.conf", "/a.conf"), bind("data", "/data")] } });
  const there = (path: string) => bind(`/trees/other/${path}`, `/${path}`);
  const elsewhere = services({ a: { volumes: [there("a.conf"), there("data")] } });
  const known = facts({ "a.conf": "file" });
  const moved = new Map(
    [...known].map(([path, fact]) => [path.replace(tree, "/trees/other"), fact]),
  );
  const print = printOf(file, "a", "sha256:1", { facts: known });
  expect(printOf(elsewhere, "a", "sha256:1", { tree: "/trees/other", facts: moved })).toBe(print);
  const changed = new Map([...known].map(([path, fact]) => [path, { ...fact, hash: "other" }]));
  expect(printOf(file, "a", "sha256:1", { facts: changed })).not.toBe(print);
});

test("the order of keys is nothing, that of lists is", () => {
  const shuffled = (value: unknown): unknown =>
    Array.isArray(value)
      ? value.map(shuffled)
      : typeof value === "object" && value !== null
        ? Object.fromEntries(
            Object.entries(value)
              .toReversed()
              .map(([key, each]) => [key, shuffled(each)]),
          )
        : value;
  fc.assert(
    fc.property(fc.jsonValue(), (value) => {
      expect(hashOf(shuffled(value))).toBe(hashOf(value));
    }),
  );
  expect(hashOf([1, 2])).not.toBe(hashOf([2, 1]));
});
