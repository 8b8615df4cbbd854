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
