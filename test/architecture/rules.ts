/*
 * The arrows of the design: bin -> goku.ts -> the doors -> deploy -> vocabulary <- the adapters -> system.
 * A unit is a folder of src; the files right in src are the vocabulary, goku.ts is a unit of its own.
 */

const adapters = ["engine", "vars", "catalog", "router", "store", "trees"];
const doors = ["web", "receiver", "puller", "webhooks"];
const base = ["vocabulary", "system"];

/** What each unit may import besides itself. */
export const mayImport: Readonly<Record<string, readonly string[]>> = {
  vocabulary: [],
  system: [],
  settings: base,
  project: ["vocabulary"],
  // Consul's connection, which vars and catalog share; no adapter of its own.
  consul: base,
  engine: base,
  vars: [...base, "consul"],
  catalog: [...base, "consul"],
  router: base,
  store: base,
  trees: base,
  deploy: [...base, "project"],
  receiver: [...base, "deploy"],
  puller: [...base, "deploy"],
  webhooks: [...base, "deploy"],
  // Git over HTTP is the push door's own work, on express.
  web: [...base, "deploy", "receiver"],
  // octo talks to the daemon over its socket, and knows of it only what goes over that wire.
  cli: [...base, "settings", "src/web/wire.ts"],
  goku: [...base, "settings", "deploy", "consul", ...adapters, ...doors],
  bin: [...base, "settings", "goku", "cli"],
};

/** What each unit may name the types of. */
const settings = ["settings"];
export const mayImportTypes: Readonly<Record<string, readonly string[]>> = {
  consul: settings,
  engine: settings,
  vars: settings,
  catalog: settings,
  router: settings,
  store: settings,
  deploy: settings,
  receiver: settings,
  puller: settings,
  webhooks: settings,
  web: settings,
  // The shapes of the answers that octo prints.
  cli: ["src/web/answers.ts"],
};

/** The units that may know a package; nothing of it leaves them, types included (Node's own types are everybody's). */
export const vendorOwners: Readonly<Record<string, readonly string[]>> = {
  dockerode: ["engine"],
  protobufjs: ["engine"],
  handlebars: ["router"],
  consul: ["consul", "vars", "catalog"],
  "better-sqlite3": ["store"],
  express: ["web"],
  "express-rate-limit": ["web"],
  helmet: ["web"],
  "node-git-server": ["web"],
  child_process: ["system"],
  pino: ["system"],
  commander: ["cli"],
  "smol-toml": ["settings"],
};

/** Packages that are no outside thing, only code somebody else wrote: anybody may use them. */
export const sharedPackages: readonly string[] = ["tar-stream", "zod"];

/** The units that may run a program. */
export const commandOwners: Readonly<Record<string, readonly string[]>> = {
  docker: ["engine"],
  nginx: ["router"],
  git: ["receiver", "puller"],
  sshd: ["receiver"],
  tar: ["trees"],
};

/** Imports that break a rule until the file they want has moved: who imports what, and where that belongs. */
export const tolerated: readonly (readonly [path: string, target: string, belongs: string])[] = [];

export const longestFile = 300;

/** Lists that are read entry by entry, and are one idea however long they grow. */
export const lists: readonly string[] = [
  // One factory a failure.
  "src/errors.ts",
];

export const emptyName = /(?:^|[-./])(?:utils?|helpers?|common|misc)(?=[-./]|$)/;
