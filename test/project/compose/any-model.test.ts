import * as fc from "fast-check";
import { expect, test } from "vitest";
import { isGokuError } from "../../../src/errors.ts";
import { fingerprint } from "../../../src/project/compose/fingerprint.ts";
import { readCompose } from "../../../src/project/compose/read-compose.ts";
import { withImages } from "../../../src/project/compose/with-images.ts";
import { bind, inputOf, tree } from "./read-literal.ts";

const names = fc.oneof(
  { arbitrary: fc.constantFrom("web", "app", "db", "a$$b", "constructor"), weight: 99 },
  { arbitrary: fc.constant("__proto__"), weight: 1 },
);
const text = fc.oneof(
  names,
  fc.string({ maxLength: 8 }),
  fc.constantFrom("web:80", "service:db", "db:ro"),
);
const map = fc.dictionary(names, fc.oneof(text, fc.constant(null)));
const mount = fc.oneof(
  fc.record({ type: fc.constant("volume"), target: text }),
  fc.record({ type: fc.constant("volume"), source: names, target: text }),
  text.map((path) => bind(path, "/x")),
  text.map((path) => bind(path, "/y", { read_only: true })),
);
const port = fc.record({
  target: fc.nat(70_000),
  published: text,
  protocol: fc.constantFrom("tcp", "udp"),
});
const service = fc.record(
  {
    image: text,
    build: fc.constant({ context: tree }),
    container_name: text,
    environment: map,
    labels: map,
    depends_on: fc.dictionary(names, fc.record({ condition: text })),
    deploy: fc.record(
      { replicas: fc.nat(3), restart_policy: fc.record({ condition: text }) },
      { requiredKeys: [] },
    ),
    restart: text,
    network_mode: text,
    networks: fc.dictionary(names, fc.constant(null)),
    ports: fc.array(port, { maxLength: 2 }),
    expose: fc.array(text, { maxLength: 2 }),
    volumes: fc.array(mount, { maxLength: 3 }),
    volumes_from: fc.array(text, { maxLength: 2 }),
    links: fc.array(text, { maxLength: 2 }),
    secrets: fc.array(fc.record({ source: names }), { maxLength: 2 }),
    ipc: text,
  },
  { requiredKeys: ["image"] },
);
const model = fc.record(
  {
    services: fc.dictionary(names, service, { minKeys: 1 }),
    networks: fc.dictionary(names, fc.constantFrom(null, { external: true }, { internal: true })),
    volumes: fc.dictionary(names, fc.constantFrom(null, { external: true }, { driver: "nfs" })),
    secrets: fc.dictionary(
      names,
      fc.constantFrom({ content: "x" }, { file: "/etc/s" }, { environment: "S" }),
    ),
    "x-goku": fc.oneof(
      { arbitrary: fc.constant(undefined), weight: 8 },
      { arbitrary: fc.record({ web: fc.constantFrom("web:80", "app", false) }), weight: 4 },
      { arbitrary: fc.dictionary(fc.constantFrom("web", "routes", "release"), map), weight: 1 },
      { arbitrary: fc.jsonValue(), weight: 1 },
    ),
  },
  { requiredKeys: ["services"] },
);

test("any model is refused in words or means something without a path of the checkout", () => {
  fc.assert(
    fc.property(model, (literal) => {
      try {
        const read = readCompose(inputOf(literal, { vars: { S: "s" } }));
        const images = Object.fromEntries(
          read.services.map(({ name }) => [name, { id: name, ports: [80], volumes: ["/v"] }]),
        );
        const project = withImages(read, images);
        expect(JSON.stringify(project.definition)).not.toContain(tree);
        expect(project.routes.every(({ port: number }) => number > 0)).toBe(true);
        for (const { name } of project.services) {
          expect(fingerprint(project, name)).toMatch(/^[0-9a-f]{64}$/);
        }
      } catch (error) {
        if (!isGokuError(error)) {
          throw error;
        }
        expect(error.message).toContain("compose.yaml");
        expect(error.hint).not.toBe("");
      }
    }),
    { numRuns: 150 },
  );
});
