import { expect, it } from "vitest";
import { readScale, writeScale } from "../../src/deploy/plan/scale.ts";
import { scaleOf } from "../../src/deploy/plan/shape.ts";
import { composeProject, service } from "./compose-parts.ts";

it.each([
  [undefined, { main: null, services: {} }],
  ["", { main: null, services: {} }],
  ["3", { main: 3, services: {} }],
  ["worker=2", { main: null, services: { worker: 2 } }],
  ["toString=2 constructor=3", { main: null, services: { toString: 2, constructor: 3 } }],
  ["3 worker=2,beat=1", { main: 3, services: { worker: 2, beat: 1 } }],
])("%j is read as %j", (text, scale) => {
  expect(readScale(text)).toEqual(scale);
});

it.each(["0", "-1", "1.5", "two", "worker=0", "worker=", "=2", "101", "a b=1"])(
  "%j is refused",
  (text) => {
    expect(() => readScale(text)).toThrow(/CONTAINERS is/);
  },
);

it("keeps every name it reads", () => {
  const { services } = readScale("__proto__=2 __defineGetter__=3");
  expect(Object.entries(services)).toEqual([
    ["__proto__", 2],
    ["__defineGetter__", 3],
  ]);
  expect(() => readScale("__proto__=2 __proto__=2")).toThrow(/CONTAINERS is/);
});

it("is written as it is read", () => {
  const scale = { main: 2, services: { worker: 3, beat: 1 } };
  expect(writeScale(scale)).toBe("2 beat=1 worker=3");
  expect(readScale(writeScale(scale))).toEqual(scale);
});

it("a service that is called like a part of every object has the scale that its file says", () => {
  const project = composeProject([service("constructor", { replicas: 2 }), service("web")]);
  expect(scaleOf({ project, vars: {} }, "constructor")).toBe(2);
});
