import { expect, it } from "vitest";
import { runDefinition } from "../../src/engine/compose/run-definition.ts";
import { servicesDefinition } from "../../src/engine/compose/services-definition.ts";
import { createNames } from "../../src/engine/names.ts";
import type { DefinitionPart } from "../../src/service.ts";
import { definitionOf } from "./compose/support.ts";

/** What containers of the service and its one-off commands leave out. */
function dropped(service: DefinitionPart): unknown[] {
  const names = createNames("goku");
  const definition = definitionOf({ services: { web: { image: "a", ...service } } });
  const source = { app: "blog-main", version: 1, definition, origin: "o", images: { web: "a" } };
  const wanted = [{ service: "web", count: 1, fingerprint: "f", routed: true }];
  const made = servicesDefinition(names, source, wanted);
  const run = runDefinition(names, source, "web", "web-run");
  return [made, run]
    .map(({ services }) => JSON.parse(JSON.stringify(services)))
    .map((services) => (services["web-run"] ?? services.web).cap_drop);
}

it.each<[DefinitionPart, unknown]>([
  [{}, ["NET_RAW"]],
  [{ cap_add: null, privileged: false }, ["NET_RAW"]],
  [{ cap_add: ["NET_ADMIN"], cap_drop: ["ALL"] }, ["ALL", "NET_RAW"]],
  [{ cap_add: ["NET_RAW"] }, undefined],
  [{ cap_add: ["cap_net_raw"], cap_drop: ["ALL"] }, ["ALL"]],
  [{ cap_add: ["all"] }, undefined],
  [{ privileged: true }, undefined],
])("a service leaves raw packets out unless it asks for them: %j", (service, expected) => {
  expect(dropped(service)).toEqual([expected, expected]);
});
