import { type ChildProcess, spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { readdir, readFile, readlink } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { cancelled } from "../../src/errors.ts";
import type { Push } from "../../src/receiver/push.ts";
import { deferred } from "../../src/system/deferred.ts";
import { waitFor } from "../../src/system/wait.ts";
import { DoorHost, doors } from "./support/door-host.ts";
import { tornWay } from "./support/torn-way.ts";
import { Work } from "./support/work.ts";

let host: DoorHost;
const clients: ChildProcess[] = [];

beforeAll(async () => {
  host = await DoorHost.start();
});

afterEach(() => {
  clients.splice(0).forEach(kill);
});

afterAll(async () => {
  await host.destroy();
});

/** git and the ssh or HTTP helper that it started, in a process group of their own. */
function startPush(work: Work, url: string, ...refs: string[]): ChildProcess {
  const client = spawn("git", ["push", url, ...refs], {
    cwd: work.path,
    env: host.env,
    detached: true,
    stdio: "ignore",
  });
  clients.push(client);
  return client;
}

function kill(client: ChildProcess): void {
  if (client.exitCode === null && client.signalCode === null && client.pid !== undefined) {
    process.kill(-client.pid, "SIGKILL");
  }
}

/** An update that waits until it is told to end. */
function holdUpdate() {
  const began = deferred<Push>();
  const end = deferred<void>();
  host.onUpdate = async (push) => {
    began.resolve(push);
    await end.promise;
  };
  return { began: began.promise, end };
}

async function aborted(signal: AbortSignal): Promise<void> {
  if (!signal.aborted) {
    await once(signal, "abort");
  }
}

/** A push whose client is killed during the update, once Goku has noticed. */
async function loseClient(
  work: Work,
  door: (typeof doors)[number],
  repository: string,
  ref = "main",
) {
  const { began, end } = holdUpdate();
  const client = startPush(work, host.url(door, repository), ref);
  const { signal, write } = await began;
  kill(client);
  await aborted(signal);
  return { write, end };
}

const waiting = { timeoutMs: 30_000 };

describe.each(doors)("a pusher over %s who is gone", (door) => {
  it("before the release is live cancels, and no ref moves", async () => {
    const work = await host.work();
    const { began, end } = holdUpdate();
    const client = startPush(work, host.url(door, `lost-${door}`), "main");
    const { signal } = await began;
    expect(signal.aborted).toBe(false);
    kill(client);
    await aborted(signal);
    expect(await host.repositories.tip(`lost-${door}`, "refs/heads/main")).toBeNull();
    end.reject(cancelled("the connection that asked for it was lost"));
    host.onUpdate = () => undefined;
    expect((await work.push(door, `lost-${door}`, "main")).status).toBe(0);
  });

  it("after the release is live has its ref moved all the same", async () => {
    const work = await host.work();
    const name = `late-${door}`;
    const head = await work.must("rev-parse", "HEAD");
    const { write, end } = await loseClient(work, door, name);
    // Whoever writes to a connection that is gone is killed by it: git, over SSH.
    write("-----> live");
    end.resolve();
    const tip = await waitFor(() => host.repositories.tip(name, "refs/heads/main"), waiting);
    expect(tip).toBe(head);
  });

  it("at the very moment it is live has its ref moved, too", async () => {
    const work = await host.work();
    const name = `moment-${door}`;
    const head = await work.must("rev-parse", "HEAD");
    const { began, end } = holdUpdate();
    const client = startPush(work, host.url(door, name), "main");
    const { write } = await began;
    write("-----> live");
    kill(client);
    end.resolve();
    const tip = await waitFor(() => host.repositories.tip(name, "refs/heads/main"), waiting);
    expect(tip).toBe(head);
  });

  it("after the release of a shallow clone is live leaves a repository that can be cloned and pushed to", async () => {
    const work = await host.work();
    await work.commit({ "two.txt": "2" });
    const name = `shallow-${door}`;
    const copy = (which: string) => new Work(host, join(host.folder, "work", `${name}-${which}`));
    const shallow = copy("ci");
    await work.must("clone", "-q", "--depth=1", `file://${work.path}`, shallow.path);
    const head = await shallow.commit({ "three.txt": "3" });
    const { write, end } = await loseClient(shallow, door, name);
    write("-----> live");
    end.resolve();
    const tip = await waitFor(() => host.repositories.tip(name, "refs/heads/main"), waiting);
    expect(tip).toBe(head);
    await work.must("clone", "-q", host.url(door, name), copy("clone").path);
    expect(await copy("clone").must("rev-parse", "HEAD")).toBe(head);
    host.onUpdate = () => undefined;
    await shallow.commit({ "four.txt": "4" });
    expect((await shallow.push(door, name, "main")).status).toBe(0);
    await work.must("clone", "-q", host.url(door, name), copy("later").path);
  });

  it("after a branch's app is removed has that branch removed all the same", async () => {
    const work = await host.work();
    const name = `deletion-${door}`;
    host.onUpdate = () => undefined;
    await work.must("push", host.url(door, name), "main:feature");
    const { write, end } = await loseClient(work, door, name, ":feature");
    write("-----> Removing the app");
    end.resolve();
    const tip = () => host.repositories.tip(name, "refs/heads/feature");
    expect(await waitFor(async () => ((await tip()) === null ? true : null), waiting)).toBe(true);
    host.onUpdate = () => undefined;
    const again = await work.push(door, name, "main:feature");
    expect(again.stderr).toContain("[new branch]");
  });

  it("is noticed before the next ref of the same push is begun", async () => {
    const work = await host.work();
    const { began, end } = holdUpdate();
    const client = startPush(work, host.url(door, `two-${door}`), "main", "main:second");
    const first = await began;
    kill(client);
    await aborted(first.signal);
    const next: Push[] = [];
    host.onUpdate = (push) => {
      next.push(push);
    };
    end.reject(cancelled("the connection that asked for it was lost"));
    await waitFor(async () => ((await running(`two-${door}`)) ? null : true), waiting);
    expect(next.every(({ signal }) => signal.aborted)).toBe(true);
  });

  it("in the middle of sending leaves no process, and nothing among the objects", async () => {
    const work = await host.work();
    const name = `torn-${door}`;
    await host.repositories.prepare(name);
    await work.commit({ "noise.bin": randomBytes(4 * 1024 * 1024) });
    host.onUpdate = () => undefined;
    const way = await tornWay(host.portOf(door), 1024 * 1024);
    const client = startPush(work, host.url(door, name, way.port), "main");
    await way.torn;
    expect(await waitFor(async () => ((await running(name)) ? true : null), waiting)).toBe(true);
    kill(client);
    expect(await waitFor(async () => ((await running(name)) ? null : true), waiting)).toBe(true);
    // git may leave its quarantine, which `maintain` removes.
    const objects = await readdir(join(pathOf(name), "objects"));
    const stored = objects.filter((entry) => !entry.startsWith("tmp_objdir-incoming-"));
    expect(stored.toSorted()).toEqual(["info", "pack"]);
    expect((await work.push(door, name, "main")).status).toBe(0);
  });
});

it("a hook that is killed cancels, too", async () => {
  const work = await host.work();
  const { began, end } = holdUpdate();
  // Without a hook, git says so to its client at once, before Goku hears of it or after.
  const ended = once(startPush(work, host.url("http", "hookless"), "main"), "exit");
  const { signal } = await began;
  const hook = await hookOf("hookless");
  const asking = await childOf(hook, "nc");
  process.kill(asking, "SIGKILL");
  await aborted(signal);
  end.reject(cancelled("its hook was killed"));
  const [status] = await ended;
  expect(status).toBe(1);
  expect(await host.repositories.tip("hookless", "refs/heads/main")).toBeNull();
});

const pathOf = (repository: string) => join(host.data, "repositories", `${repository}.git`);

/** True while git serves the repository. */
async function running(repository: string): Promise<boolean> {
  return (await findProcess("receive-pack", `${pathOf(repository)}\0`)) !== null;
}

/** The process of a repository's update hook: one of an earlier test may still be there. */
async function hookOf(repository: string): Promise<number> {
  for (const pid of await pids()) {
    const line = await commandLine(pid);
    const folder = await readlink(`/proc/${pid}/cwd`).catch(() => "");
    if (line.includes("hooks/update\0refs/heads/main") && folder === pathOf(repository)) {
      return pid;
    }
  }
  throw new Error(`no hook of ${repository}`);
}

async function findProcess(...texts: readonly string[]): Promise<number | null> {
  for (const pid of await pids()) {
    const line = await commandLine(pid);
    if (texts.every((text) => line.includes(text))) {
      return pid;
    }
  }
  return null;
}

async function childOf(parent: number, name: string): Promise<number> {
  for (const pid of await pids()) {
    const stat = await readFile(`/proc/${pid}/stat`, "latin1").catch(() => "");
    if (stat.includes(`(${name})`) && stat.split(") ")[1]?.split(" ")[1] === String(parent)) {
      return pid;
    }
  }
  throw new Error(`${parent} has no child ${name}`);
}

async function pids(): Promise<number[]> {
  return (await readdir("/proc")).filter((name) => /^\d+$/.test(name)).map(Number);
}

async function commandLine(pid: number): Promise<string> {
  return readFile(`/proc/${pid}/cmdline`, "utf8").catch(() => "");
}
