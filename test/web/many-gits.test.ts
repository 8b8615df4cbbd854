import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { readdir, readFile } from "node:fs/promises";
import { connect } from "node:net";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, expect, it } from "vitest";
import { mostAtWork } from "../../src/receiver/at-work.ts";
import { deferred } from "../../src/system/deferred.ts";
import { type Door, DoorHost, doors } from "../receiver/support/door-host.ts";
import type { Work } from "../receiver/support/work.ts";
import { soon } from "../support/soon.ts";
import { GitClient } from "./git-client.ts";

let host: DoorHost;
let work: Work;
/** Each loses one client's connection. */
const lose: (() => void)[] = [];

beforeAll(async () => {
  host = await DoorHost.start();
  work = await host.work();
  await work.must("push", host.url("http", "blog"), "main");
});

afterEach(async () => {
  host.onUpdate = () => undefined;
  lose.splice(0).forEach((one) => one());
  await gits(0);
});

afterAll(() => host.destroy());

/** Begins a fetch that never says what it wants. */
const beginFetch: Readonly<Record<Door, () => Promise<() => void>>> = {
  async http() {
    const credentials = Buffer.from(`tester:${host.token}`).toString("base64");
    const socket = connect(host.tcpPort, "127.0.0.1");
    await once(socket, "connect");
    const lines = [
      "POST /git/blog.git/git-upload-pack HTTP/1.1",
      "Host: x",
      `Authorization: Basic ${credentials}`,
      "Content-Type: application/x-git-upload-pack-request",
      "Content-Length: 1000",
    ];
    socket.write(`${lines.join("\r\n")}\r\n\r\n`);
    return () => socket.destroy();
  },
  async ssh() {
    const address = [`${host.sshUser}@127.0.0.1`, "-p", String(host.sshPort)];
    const args = [...host.sshArgs, ...address, "git-upload-pack 'blog.git'"];
    const client: ChildProcess = spawn("ssh", args, { env: host.env, stdio: "pipe" });
    return () => client.kill("SIGKILL");
  },
};

/** As many as may be, a few at a time: logging in takes a machine's time. */
async function fillUp(door: Door): Promise<void> {
  while (lose.length < mostAtWork) {
    const more = Array.from({ length: Math.min(8, mostAtWork - lose.length) }, beginFetch[door]);
    lose.push(...(await Promise.all(more)));
    await gits(lose.length);
  }
}

/** Waits until so many serve fetches. */
async function gits(count: number): Promise<void> {
  await expect.poll(() => fetching("blog"), { timeout: 60_000, interval: 50 }).toBe(count);
}

const lsRemote = (door: Door) => work.git("ls-remote", host.url(door, "blog"));

it.each(doors)(
  "a caller over %s has a bounded number of gits: one more is told so, and comes in once a connection is lost",
  { timeout: 120_000 },
  async (door) => {
    await fillUp(door);

    const refused = await lsRemote(door);
    expect(refused.stderr).toMatch(
      /^(remote:)? ! {5}tester has 32 pushes and fetches on their way/m,
    );
    expect(refused.status).toBe(128);
    expect(await fetching("blog")).toBe(mostAtWork);
    // Of a token and a key, each is a caller of its own.
    const other = doors.find((one) => one !== door) ?? door;
    await work.must("push", host.url(other, "blog"), `main:beside-${door}`);

    lose.pop()?.();
    await soon(async () => (await lsRemote(door)).status).toBe(0);
  },
);

it("who is refused over HTTP is told when to come again", async () => {
  await fillUp("http");
  const client = new GitClient(host);
  const answers = [
    await client.advert("blog.git", "upload-pack"),
    await client.post("blog.git", "upload-pack", { body: "0000" }),
    await client.post("blog.git", "receive-pack", { body: "0000" }),
  ];
  expect(answers.map(({ status }) => status)).toEqual([503, 503, 503]);
  expect(answers.map(({ headers }) => headers["retry-after"])).toEqual(["10", "10", "10"]);
});

/** A verb that runs until its standard input ends. */
function followLog(): ChildProcess {
  const address = [`${host.sshUser}@127.0.0.1`, "-p", String(host.sshPort)];
  const client = spawn("ssh", [...host.sshArgs, ...address, "follow"], { env: host.env });
  lose.push(() => client.kill("SIGKILL"));
  return client;
}

it(
  "a key has a bounded number of octo's verbs: one more is told so, pushes go on, and a verb that ends makes room",
  { timeout: 120_000 },
  async () => {
    while (lose.length < mostAtWork) {
      const more = Array.from({ length: 8 }, followLog);
      await Promise.all(more.map(({ stdout }) => once(stdout ?? process, "data")));
    }

    const refused = await host.ssh("apps");
    expect(refused).toMatchObject({ status: 1, stdout: "" });
    expect(refused.stderr).toMatch(/^ ! {5}tester has 32 commands of octo's running over SSH/);
    await work.must("push", host.url("ssh", "blog"), "main:beside-verbs");

    lose.pop()?.();
    await soon(async () => (await host.ssh("apps")).status).toBe(0);
  },
);

it.each(doors)("ten pushes over %s at once are all taken", async (door) => {
  const allThere = deferred<void>();
  let there = 0;
  host.onUpdate = () => {
    there += 1;
    if (there === 10) {
      allThere.resolve();
    }
    return allThere.promise;
  };
  const repositories = Array.from({ length: 10 }, (_, at) => `${door}-${at}`);
  const pushes = repositories.map((repository) => work.push(door, repository, "main"));
  expect((await Promise.all(pushes)).map(({ status }) => status)).toEqual(
    repositories.map(() => 0),
  );
});

/** How many gits serve fetches of a repository, by either door. */
async function fetching(repository: string): Promise<number> {
  const path = join(host.data, "repositories", `${repository}.git`);
  const pids = (await readdir("/proc")).filter((name) => /^\d+$/.test(name));
  const lines = await Promise.all(
    pids.map((pid) => readFile(`/proc/${pid}/cmdline`, "utf8").catch(() => "")),
  );
  return lines.filter((line) => /^[^\0]*git-upload-pack\0/.test(line) && line.includes(`${path}\0`))
    .length;
}
