import { expect, test } from "vitest";
import { refusal } from "../reading.ts";
import { type Literal, read, services } from "./read-literal.ts";

const withExtension = (
  extension: unknown,
  parts: Record<string, Literal> = { web: {}, worker: {} },
) => read(services(parts, { "x-goku": extension }));

test.each([
  [{ rotues: {} }, 'no key "rotues"', "web, routes, release, publish, in_place"],
  [{ web: "wep:80" }, 'the service "wep"', "Did you mean web?"],
  [{ web: "frontend" }, 'the service "frontend"', "Its services are: web, worker."],
  [{ in_place: ["worke"] }, 'the service "worke"', "Did you mean worker?"],
  [{ in_place: "worker" }, "not a list", "in_place: [worker]"],
  [{ release: { service: "wrker", command: "x" } }, '"wrker"', "Did you mean worker?"],
  [{ release: { servce: "web" } }, 'no key "servce"', "service, command"],
  [{ release: {} }, "no command", "release: ./migrate"],
  [{ release: " " }, "no command", "release: ./migrate"],
  [{ release: ["a"] }, "not a map", "{service: web, command: ./migrate}"],
  [{ web: 80 }, "not a service and its port", '"web:8080"'],
  [{ web: "web:http" }, "not a service and its port", '"web:8080"'],
  [{ web: "web:70000" }, "not a service and its port", '"web:8080"'],
  [{ web: true }, "not a service and its port", '"web:8080"'],
  [{ publish: "yes" }, "neither true nor false", "Write true or false"],
  [{ routes: { localhost: "web:80" } }, "no domain", "www.example.org"],
  [{ routes: { "https://a.org/": "web:80" } }, "no domain", "without scheme"],
  [{ routes: { "10.0.0.1": "web:80" } }, "no domain", "www.example.org"],
  [{ routes: { "a.org": "web:80", "A.ORG.": "worker:80" } }, "a.org twice", "Take one"],
  [{ routes: ["a.org"] }, "not a map", "routes"],
  [{ web: false, routes: { "a.org": "web:80" } }, "web: false", "Take one"],
  [{ web: false, release: "./migrate" }, "in which service", 'command: "./migrate"'],
  ["web:80", "not a map", "x-goku: {web: web:8080}"],
])("x-goku: %j is refused in words that help", (extension, problem, fix) => {
  const text = refusal(() => withExtension(extension));
  expect(text).toContain("compose.yaml");
  expect(text).toContain(problem);
  expect(text).toContain(fix);
});

test("an empty x-goku says nothing", () => {
  expect(withExtension(null).routes).toEqual([{ service: "web", port: 0, domains: [] }]);
});

test("a release command runs in the service that has HTTP, unless it names another", () => {
  expect(withExtension({ release: "echo $$HOME" }).release).toEqual({
    service: "web",
    command: "echo $HOME",
  });
  const release = { service: "worker", command: "./migrate" };
  expect(withExtension({ release, web: false }).release).toEqual(release);
});

test("services are replaced in place where their author wants that", () => {
  const project = withExtension({ in_place: ["worker"] });
  expect(project.services.map(({ noTwin }) => noTwin)).toEqual([
    null,
    "the file asks for it (x-goku: in_place)",
  ]);
});

test("pgo's extension is known, with what it is good for", () => {
  const pgo = (value: unknown) => read(services({ web: {} }, { "x-pgo": value }));
  expect(pgo({ reload: true }).notes).toEqual([]);
  expect(pgo({ reload: false }).notes[0]).toContain("polled");
  expect(refusal(() => pgo({ relaod: false }))).toContain('x-pgo has no key "relaod"');
  expect(refusal(() => pgo({ reload: "no" }))).toContain("neither true nor false");
});
