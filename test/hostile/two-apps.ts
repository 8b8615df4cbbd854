import { mkdir, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import { buildLogPath } from "../../src/deploy/story/build-log.ts";
import type { Replica } from "../../src/ports.ts";
import type { Rights } from "../../src/store-ports.ts";
import { adminRights } from "../../src/rights.ts";
import { keyHeader } from "../../src/web/wire.ts";
import { project } from "../deploy/test-parts.ts";
import { postTo } from "./post-to.ts";
import type { Recorded } from "./verb-words.ts";
import { startWholeWeb, type WholeWeb } from "./whole-web.ts";

/** Stands in everything of the other app. */
export const secret = "zanzibar";
export const own = "blog";
export const other = `${secret}-shop`;
export const domainOfOther = `${secret}.example`;
/** Only the other app has a release of this number, and a build log of it. */
export const versionOfOther = 3;

const nobody: Rights = { admin: false, deploy: [], read: [] };

/** Names of keys and tokens alike; the other app's owner is an admin. */
const holders: readonly (readonly [name: string, rights: Rights])[] = [
  ["blogger", { ...nobody, deploy: [own] }],
  ["looker", { ...nobody, read: ["*"] }],
  ["nothing", nobody],
  [secret, adminRights],
];

/** Two apps that are live, and people who may do something with one of them, look, do nothing, do everything. */
export async function startTwoApps(): Promise<WholeWeb> {
  const replicas = [replica(own, "10.213.0.5"), replica(other, "10.213.0.6")];
  let isFollowed = false;
  const web = await startWholeWeb({
    engine: {
      hasImage: async () => true,
      listReplicas: async (app?: string) => {
        if (isFollowed) {
          isFollowed = false;
          throw new Error("what follows is no part of these tests");
        }
        return replicas.filter((each) => app === undefined || each.app === app);
      },
      async *logs(_id, { follow }) {
        isFollowed = follow;
        yield "a line";
      },
    },
  });
  await addLiveApp(web, own, 1, { KEY: "1" }, "ann");
  await addLiveApp(web, other, versionOfOther, { KEY: secret, DOMAINS: domainOfOther }, secret);
  const log = buildLogPath(web.data, `${other}-main`, versionOfOther);
  await mkdir(dirname(log), { recursive: true });
  await writeFile(log, `${secret}\n`);
  const { events } = web.store;
  events.add({ app: `${other}-main`, who: secret, what: "live", detail: secret });
  events.add({ app: null, who: secret, what: "keys:add", detail: secret });
  events.add({ app: `${own}-main`, who: "ann", what: "live", detail: "v1" });
  for (const [name, rights] of holders) {
    web.addKey(name, rights);
    web.addToken(name, rights);
  }
  return web;
}

type Call = Pick<Recorded, "path" | "type" | "body">;

/** A call of the API as a key's forced command makes it. */
export async function askAsKey(web: WholeWeb, { path, type, body }: Call, name: string) {
  const headers = { "content-type": type, [keyHeader]: name };
  return postTo({ socketPath: web.socket, method: "POST", path, headers, body });
}

/** The same over TCP, with a token. */
export async function askAsToken(web: WholeWeb, { path, type, body }: Call, name: string) {
  const headers = { "content-type": type, authorization: `Bearer ${name}:secret-of-${name}` };
  const tcp = { host: "127.0.0.1", port: web.port };
  return postTo({ ...tcp, method: "POST", path, headers, body });
}

/** What is kept of the other app. */
export function rowsOfOther(snapshot: string): string[] {
  const rows = snapshot.split("\n").map((line) => line.replace(/,$/, ""));
  return rows.filter((row) => row.includes(secret));
}

async function addLiveApp(
  web: WholeWeb,
  repository: string,
  releases: number,
  vars: Readonly<Record<string, string>>,
  by: string,
): Promise<void> {
  const { store } = web;
  store.apps.setDefaultBranch(repository, "main");
  const { id } = store.apps.create(repository, "main");
  const pushed = { app: id, commit: "c".repeat(40), door: "push", by, reason: "push" } as const;
  for (let version = 1; version <= releases; version += 1) {
    store.releases.create({ ...pushed, image: "sha256:1", project, vars });
    store.releases.goLive(id, version);
  }
  await web.vars.change(repository, { set: vars, remove: [] });
}

function replica(app: string, address: string): Replica {
  return {
    id: `${app}-replica`,
    name: `${app}-v1-1`,
    app: `${app}-main`,
    service: null,
    version: 1,
    index: 1,
    image: "sha256:1",
    address,
    running: true,
    restarting: false,
    createdAt: "2026-03-01T12:00:00Z",
  };
}
