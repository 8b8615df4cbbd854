import type { PathFacts } from "../../../src/compose-ports.ts";
import {
  type ComposeInput,
  exposedByService,
  readCompose,
  readDockerfiles,
} from "../../../src/project/compose/read-compose.ts";
import { readModel } from "../../../src/project/compose/model.ts";
import { main } from "../reading.ts";

/** A model as a test writes it. */
export type Literal = Readonly<Record<string, unknown>>;

export const tree = "/trees/blog";

/** What the reading of a model depends on, where a test does not say otherwise. */
export function inputOf(literal: Literal, changes: Partial<ComposeInput> = {}): ComposeInput {
  const model = readModel({ name: "blog-main", ...literal }, "compose.yaml");
  const dockerfiles = readDockerfiles(model, new Map());
  return {
    model,
    warnings: [],
    app: main,
    file: "compose.yaml",
    files: new Map(),
    vars: {},
    tree,
    facts: new Map(),
    dockerfiles,
    exposed: exposedByService(model, dockerfiles),
    otherApps: [],
    sourceOf: (kind, name) => `/goku/${kind}/${name}`,
    ...changes,
  };
}

export function read(literal: Literal, changes: Partial<ComposeInput> = {}) {
  return readCompose(inputOf(literal, changes));
}

/** Services with an image each. */
export function services(parts: Readonly<Record<string, Literal>>, more: Literal = {}): Literal {
  const networks = { default: null };
  return {
    services: Object.fromEntries(
      Object.entries(parts).map(([name, part]) => [
        name,
        Object.assign({ image: name, networks }, part),
      ]),
    ),
    networks: { default: { name: "blog-main_default", ipam: {} } },
    ...more,
  };
}

/** What is at paths of the tree: `file`, `folder`, or where it leads outside. */
export function facts(paths: Readonly<Record<string, string>>): ReadonlyMap<string, PathFacts> {
  return new Map(
    Object.entries(paths).map(([path, what]): [string, PathFacts] => {
      const absolute = `${tree}/${path}`.replace(/\/$/, "");
      return what.startsWith("/")
        ? [absolute, { where: "outside", form: "folder", path: null, real: what, hash: null }]
        : [
            absolute,
            {
              where: "tree",
              form: what === "file" ? "file" : "folder",
              path,
              real: absolute,
              hash: `hash-of-${path}`,
            },
          ];
    }),
  );
}

export const bind = (source: string, target: string, more: Literal = {}) => ({
  type: "bind",
  source: source.startsWith("/") ? source : `${tree}/${source}`.replace(/\/$/, ""),
  target,
  ...more,
});

export const port = (target: number, published?: string, protocol = "tcp") => ({
  mode: "ingress",
  target,
  protocol,
  ...(published === undefined ? {} : { published }),
});
