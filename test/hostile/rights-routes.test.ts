import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Rights } from "../../src/store-ports.ts";
import { adminRights } from "../../src/rights.ts";
import { exec } from "../support/exec.ts";
import { postTo } from "./post-to.ts";
import { routesOf } from "./routes-of.ts";
import { startWholeWeb, type WholeWeb } from "./whole-web.ts";

/*
 * Every route that the two servers have, and what somebody without the right gets from it. A route that is not
 * classified here, or stands at another place of the order, fails the first tests.
 */

const nobody: Rights = { admin: false, deploy: [], read: [] };
const zeros = "0".repeat(40);
const secret = "the-content-of-shop";

let web: WholeWeb;
let commit: string;

beforeAll(async () => {
  web = await startWholeWeb();
  commit = await fill("shop");
  await fill("blog");
  web.store.apps.setDefaultBranch("shop", "main");
  web.store.apps.create("shop", "main");
  web.store.apps.setDefaultBranch("blog", "main");
  web.store.apps.create("blog", "main");
  web.addKey("blogger", { ...nobody, deploy: ["blog"] });
  web.addKey("shopper", { ...nobody, read: ["shop"] });
  web.addKey("owner", adminRights);
  web.addToken("blogger", { ...nobody, deploy: ["blog"] });
  web.addToken("shopper", { ...nobody, read: ["shop"] });
});

afterAll(() => web.close());

/** A repository whose main branch has one commit with the secret. @returns the commit */
async function fill(repository: string): Promise<string> {
  const work = join(web.folder, "work", repository);
  await mkdir(work, { recursive: true });
  await writeFile(join(work, "Dockerfile"), `FROM scratch\n# ${secret}\n`);
  const path = await web.repositories.prepare(repository);
  const script = `
    set -e
    git init -q -b main; git add -A
    git -c user.name=t -c user.email=t@t commit -q -m ${secret}
    git bundle create -q ../${repository}.bundle main
    git -c safe.directory='*' -C "$1" fetch -q "$PWD/../${repository}.bundle" main:refs/heads/main
    chown -R --reference="$1" "$1"
    git rev-parse HEAD`;
  const ended = await exec("sh", ["-c", script, "sh", path], { cwd: work });
  if (ended.status !== 0) {
    throw new Error(ended.stderr);
  }
  return ended.stdout.trim();
}

interface Ask {
  readonly path: string;
  readonly method: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

const packetLine = (text: string) => (text.length + 4).toString(16).padStart(4, "0") + text;
const json = { "content-type": "application/json" };
const gitBody = (service: string, body: string) => ({
  method: "POST",
  path: `/git/shop.git/git-${service}`,
  headers: { "content-type": `application/x-git-${service}-request` },
  body,
});

/** What each route of the web address is asked about shop. `anyone` is what everybody gets of it, knowing nothing. */
const tcpRoutes: Readonly<Record<string, () => readonly Ask[]>> = {
  "* helmetMiddleware": () => [],
  "GET /git/:repository/info/refs": () =>
    ["receive-pack", "upload-pack"].map((service) => ({
      method: "GET",
      path: `/git/shop.git/info/refs?service=git-${service}`,
    })),
  "POST /git/:repository/git-receive-pack": () => [
    gitBody(
      "receive-pack",
      `${packetLine(`${commit} ${zeros} refs/heads/main\0 report-status delete-refs\n`)}0000`,
    ),
  ],
  "POST /git/:repository/git-upload-pack": () => [
    gitBody("upload-pack", `${packetLine(`want ${commit}\n`)}0000${packetLine("done\n")}`),
  ],
  "* <anonymous>": () => [],
  "POST /api/:verb": () => [
    { method: "POST", path: "/api/info", headers: json, body: '{"app":"shop"}' },
    { method: "POST", path: "/api/keys:list", headers: json, body: "{}" },
  ],
};

const tcpOrder = [
  "* helmetMiddleware",
  "GET /git/:repository/info/refs",
  "POST /git/:repository/git-receive-pack",
  "POST /git/:repository/git-upload-pack",
  // What is below /git and none of these; then who asks, then the verbs, then failures.
  "* <anonymous>",
  "* <anonymous>",
  "POST /api/:verb",
  "* <anonymous>",
];

const socketOrder = [
  "POST /hooks/ssh",
  "POST /hooks/pre-receive",
  "POST /hooks/update",
  // Who asks, then the verbs, then failures.
  "* <anonymous>",
  "POST /api/:verb",
  "* <anonymous>",
];

it("the web address has these routes, and each is asked for below", () => {
  expect(routesOf(web.control.tcp)).toEqual(tcpOrder);
  expect(Object.keys(tcpRoutes).sort()).toEqual([...new Set(tcpOrder)].sort());
});

it("the control socket has these routes", () => {
  expect(routesOf(web.control.socket)).toEqual(socketOrder);
});

const asTcp = () => ({ host: "127.0.0.1", port: web.port });

describe.each(Object.keys(tcpRoutes))("%s over TCP", (route) => {
  it.each([
    ["without credentials", null, [401]],
    ["with a wrong token", "Bearer blogger:wrong", [401]],
    ["with the token of nobody", "Bearer nobody:secret-of-blogger", [401]],
    ["with a key's name for a token", "Bearer owner:SHA256:owner", [401]],
    ["as the deployer of another app", "Bearer blogger:secret-of-blogger", [403, 404]],
  ])("opens nothing %s", async (_who, authorization, statuses) => {
    const before = await web.snapshot();
    for (const ask of tcpRoutes[route]?.() ?? []) {
      const headers = { ...ask.headers, ...(authorization === null ? {} : { authorization }) };
      const answer = await postTo({ ...asTcp(), ...ask, headers });
      expect(statuses, ask.path).toContain(answer.status);
      expect(answer.body).not.toContain(secret);
      expect(answer.body).not.toContain(commit);
    }
    expect(await web.snapshot()).toBe(before);
  });
});

it("a reader's token fetches, and pushes nothing", async () => {
  const before = await web.snapshot();
  const authorization = "Bearer shopper:secret-of-shopper";
  const [pushRefs, fetchRefs] = tcpRoutes["GET /git/:repository/info/refs"]?.() ?? [];
  const [push] = tcpRoutes["POST /git/:repository/git-receive-pack"]?.() ?? [];
  const [fetched] = tcpRoutes["POST /git/:repository/git-upload-pack"]?.() ?? [];
  const ask = async (asked: Ask | undefined) =>
    postTo({
      ...asTcp(),
      method: "GET",
      path: "/",
      ...asked,
      headers: { ...asked?.headers, authorization },
    });
  expect((await ask(fetchRefs)).body).toContain(commit);
  expect((await ask(fetched)).body).toContain("PACK");
  expect((await ask(pushRefs)).status).toBe(403);
  expect((await ask(push)).status).toBe(403);
  expect(await web.snapshot()).toBe(before);
});

describe("the hooks' questions on the control socket", () => {
  const ask = (path: string, body: string) =>
    postTo({ socketPath: web.socket, method: "POST", path, body });

  it.each([
    ["receive-pack", "blogger"],
    ["upload-pack", "blogger"],
    ["receive-pack", "shopper"],
    ["receive-pack", "nobody"],
    ["receive-pack", ""],
  ])("%s of shop is refused to the key %j", async (service, key) => {
    const before = await web.snapshot();
    const { body } = await ask("/hooks/ssh", `${key}\n${process.pid}\n${service}\nshop`);
    expect(body).toMatch(/^\| ! {5}.*\nexit 1\n$/s);
    expect(body).not.toContain(web.data);
    // Nor is there a session then.
    const update = await ask(
      "/hooks/update",
      `${process.pid}\nrefs/heads/main\n${commit}\n${zeros}`,
    );
    expect(update.body).toContain("exit 1");
    expect(await web.snapshot()).toBe(before);
  });

  it("a session for one repository writes no other, whatever its refs are called", async () => {
    const opened = await ask("/hooks/ssh", `blogger\n${process.pid}\nreceive-pack\nblog`);
    expect(opened.body).toMatch(/^ok /);
    const before = await web.snapshot();
    for (const ref of [
      "refs/heads/../../../shop.git/refs/heads/main",
      "refs/heads/x\0shop",
      "refs/heads/other",
      "refs/tags/../../shop.git/HEAD",
      "../shop.git/HEAD",
      "HEAD",
      "",
    ]) {
      await ask("/hooks/update", `${process.pid}\n${ref}\n${zeros}\n${commit}`);
    }
    const after = await web.snapshot();
    expect(web.deployed.filter(({ repository }) => repository !== "blog")).toEqual([]);
    expect(web.removed).toEqual([]);
    expect(shopOf(after)).toEqual(shopOf(before));
  });

  it("a session ends with its key's rights", async () => {
    web.addKey("leaver", { ...nobody, deploy: ["blog"] });
    await ask("/hooks/ssh", `leaver\n${process.pid}\nreceive-pack\nblog`);
    web.store.keys.remove("leaver");
    const before = await web.snapshot();
    const update = await ask(
      "/hooks/update",
      `${process.pid}\nrefs/heads/main\n${zeros}\n${commit}`,
    );
    expect(update.body).toContain("no longer known");
    expect(await web.snapshot()).toBe(before);
  });
});

function shopOf(snapshot: string): string[] {
  return snapshot.split("\n").filter((line) => line.includes("shop"));
}
