import { spawn } from "node:child_process";
import { once } from "node:events";
import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import type { Router } from "../../src/ports.ts";
import { workersOf } from "../../src/router/nginx/master.ts";
import { titleOf } from "../../src/system/proc.ts";
import {
  eventually,
  type Host,
  makeHost,
  routeOf,
  startBackend,
  type TestBackend,
} from "../router/fixture.ts";
import { type Ended, exec } from "../support/exec.ts";

/* What `systemctl reload goku-nginx` runs, with the process id of nginx's master. */

const checkout = resolve(import.meta.dirname, "../..");

let host: Host;
let router: Router;
let backend: TestBackend;
let program: string;

beforeEach(async () => {
  host = await makeHost();
  backend = await startBackend("127.0.0.2", "here");
  // nginx runs itself again by the name that it was called by, which is a path in the unit.
  program = join(host.folder, "nginx-program");
  const nginx = (await exec("sh", ["-c", "command -v nginx"])).stdout.trim();
  // The one that is to take over has sockets in its environment; it can be kept from coming up.
  await writeFile(
    program,
    `#!/bin/bash\nwhile [ -n "$NGINX" ] && [ -e ${program}.late ]; do sleep 0.05; done\nexec -a "$0" ${nginx} "$@"\n`,
  );
  await chmod(program, 0o755);
  router = host.restarted({ nginx: program });
  await router.start();
  await host.publish(routeOf("blog-main", [backend]));
});
afterEach(async () => {
  await host.end();
  await backend.close();
});

const bodyOf = async (app: string) => (await host.get(`${app}.example.test`)).body;

const isLeaving = (master: number) => workersOf(master).some(({ leaving }) => leaving);

/** Of the unit for a data folder, as the installer writes it. */
async function reloadCommands(data: string): Promise<string[]> {
  const folder = await mkdtemp(join(tmpdir(), "goku-units-"));
  await exec("sh", [
    "-c",
    `set -eu; . ${checkout}/install/units.sh; logged() { :; }; note() { :; }; units=${folder}; data=${data}
    current=${checkout}; ready_file=/ready; write_units`,
  ]);
  const unit = await readFile(join(folder, "goku-nginx.service"), "utf8");
  await rm(folder, { recursive: true });
  return [...unit.matchAll(/^ExecReload=(.*)$/gm)].map(([, line = ""]) => line);
}

interface Choices {
  readonly data?: string;
  /** How long the new nginx may take; without it as long as the unit says. */
  readonly seconds?: number;
  /** Where programs are looked for first. */
  readonly path?: string;
}

/** As systemd does it: one command after the other, until one fails. */
async function reload(master: number, choices: Choices = {}): Promise<Ended> {
  const { data = host.folder, seconds, path } = choices;
  const env = { PATH: [path, process.env.PATH].filter(Boolean).join(":"), MAINPID: String(master) };
  for (const command of await reloadCommands(data)) {
    const line = seconds === undefined ? command : command.replace(/\b20\b/, String(seconds));
    const ended = await exec("sh", ["-c", line.replace(/^-/, "")], { env });
    if (ended.status !== 0 && !line.startsWith("-")) {
      return ended;
    }
  }
  return { status: 0, stdout: "", stderr: "" };
}

/** A folder of programs that do something before the REAL one of their name. */
async function programs(scripts: Readonly<Record<string, string>>): Promise<string> {
  const folder = join(host.folder, "bin");
  await mkdir(folder);
  for (const [name, script] of Object.entries(scripts)) {
    const real = (await exec("sh", ["-c", `command -v ${name}`])).stdout.trim();
    await writeFile(join(folder, name), `#!/bin/sh\n${script.replaceAll("REAL", real)}\n`);
    await chmod(join(folder, name), 0o755);
  }
  return folder;
}

const succeeded: Ended = { status: 0, stdout: "", stderr: "" };

/** A download that keeps an nginx until it is finished. */
async function beginDownload() {
  let finish: () => void = () => undefined;
  const slow = await startBackend("127.0.0.3", (_request, response) => {
    response.write("begun, ");
    finish = () => response.end("finished");
  });
  await host.publish(routeOf("slow-main", [slow]));
  const body = bodyOf("slow-main").catch(() => "cut");
  await eventually("the download", () => slow.count() === 1);
  return { body, finish: () => finish(), end: () => slow.close() };
}

it("a reload has another nginx take over the sockets: no connection is refused, and Goku goes on with it", async () => {
  const before = await host.master();
  const answers: string[] = [];
  const over = new AbortController();
  const asking = (async () => {
    while (!over.signal.aborted) {
      answers.push(await bodyOf("blog-main").catch(String));
    }
  })();
  await eventually("the first answers", () => answers.length > 20);

  const reloaded = await reload(before);
  const sofar = answers.length;
  await eventually("more answers", () => answers.length > sofar + 20);
  over.abort();
  await asking;

  expect(reloaded).toEqual(succeeded);
  expect(new Set(answers)).toEqual(new Set(["here"]));
  await eventually("the end of the old nginx", () => titleOf(before) === "");
  const after = await host.master();
  expect(after).not.toBe(before);
  await host.publish(routeOf("shop-main", [backend]));
  expect(await bodyOf("shop-main")).toBe("here");
  expect(await host.master()).toBe(after);
});

it("a reload is announced: the old workers end kept connections in order before they leave", async () => {
  const before = await host.master();
  const connection = async () =>
    (await host.get("blog-main.example.test", "/", { connection: "keep-alive" })).headers
      .connection;
  const path = await programs({
    sleep: `[ "$1" != 0.3 ] || until [ -e ${program}.seen ]; do REAL 0.01; done\nexec REAL "$@"`,
  });
  const reloading = reload(before, { path });

  // One that leaves says so by itself.
  await eventually("a connection that is not kept", async () => (await connection()) === "close");
  const isThere = titleOf(before) !== "" && !isLeaving(before);
  await writeFile(`${program}.seen`, "");

  expect(await reloading).toEqual(succeeded);
  expect(isThere).toBe(true);
  expect(await connection()).toBe("keep-alive");
});

it("another reload while a download keeps the old nginx fails at once, and says why", async () => {
  const download = await beginDownload();
  const old = await host.master();
  const reloading = reload(old);
  await eventually("the old one's leaving", () => isLeaving(old));
  const next = await host.master();

  // systemd knows the new one by its pid file.
  const again = await reload(next);
  download.finish();

  expect(again).toMatchObject({ status: 1, stderr: expect.stringContaining("still finishes") });
  expect(await download.body).toBe("begun, finished");
  expect(await reloading).toEqual(succeeded);
  await eventually("the end of the old one", () => titleOf(old) === "");
  expect(await host.master()).toBe(next);
  await download.end();
});

it("what the README gives certbot as a hook has nginx read its files again, also while a download keeps the old one", async () => {
  const download = await beginDownload();
  const old = await host.master();
  const reloading = reload(old);
  await eventually("the old one's leaving", () => isLeaving(old));
  const next = await host.master();
  const before = new Set(await host.workers());

  const readme = await readFile(join(checkout, "README.md"), "utf8");
  const [, hook = "exit 1"] = /--deploy-hook '([^']+)'/.exec(readme) ?? [];
  const hooked = await exec("sh", ["-c", hook.replace("/var/lib/goku", host.folder)]);

  expect(hooked).toEqual(succeeded);
  await eventually("workers that have read the files again", async () => {
    const now = await host.workers();
    return now.length > 0 && !now.some((pid) => before.has(pid));
  });
  expect(await host.master()).toBe(next);
  download.finish();
  expect(await download.body).toBe("begun, finished");
  expect(await reloading).toEqual(succeeded);
  await download.end();
});

it.each(["SIGTERM", "SIGKILL"] as const)(
  "where the new nginx ends by %s while a download keeps the old one, Goku notices and starts another",
  async (signal) => {
    const download = await beginDownload();
    const old = await host.master();
    const reloading = reload(old);
    await eventually("the old one's leaving", () => isLeaving(old));

    process.kill(await host.master(), signal);
    await eventually("notice of it", async () => !(await router.isRunning()));
    await router.start();

    expect(titleOf(old)).toBe("");
    expect(await router.isRunning()).toBe(true);
    expect(await bodyOf("blog-main")).toBe("here");
    await host.publish(routeOf("shop-main", [backend]));
    expect(await bodyOf("shop-main")).toBe("here");
    expect(await reloading).toEqual(succeeded);
    await download.body;
    await download.end();
  },
);

it("a new nginx that is not up in time is ended, also where it would come up later", async () => {
  await writeFile(`${program}.late`, "");
  const before = await host.master();

  const reloaded = await reload(before, { seconds: 1 });
  const others = () =>
    workersOf(before).filter(({ pid }) => !titleOf(pid).startsWith("nginx: worker process"));
  await eventually("the end of the other one", () => others().length === 0);
  await rm(`${program}.late`);

  expect(reloaded).toMatchObject({ status: 1, stderr: expect.stringContaining("did not come up") });
  expect(await host.master()).toBe(before);
  await host.publish(routeOf("shop-main", [backend]));
  expect(await bodyOf("shop-main")).toBe("here");
  expect(await reload(before)).toEqual(succeeded);
});

it("the old nginx is not ended while there is no pid file of the new one", async () => {
  const folder = await mkdtemp(join(tmpdir(), "goku-reload-"));
  const pidFile = join(folder, "nginx/nginx.pid");
  await mkdir(join(folder, "nginx"));
  // nginx moves its pid file away just when that is looked into.
  const looking = `rm -f ${pidFile}\nexec REAL "$@"`;
  const path = await programs({ cat: looking, grep: looking });
  const code = "process.on('SIGUSR2', () => 0); setInterval(() => 0, 1e6); console.log('up')";
  const master = spawn(process.execPath, ["-e", code], { stdio: ["ignore", "pipe", "inherit"] });
  const ended = once(master, "exit");
  await once(master.stdout, "data");
  await writeFile(pidFile, `${master.pid}\n`);

  const reloaded = await reload(Number(master.pid), {
    data: folder,
    seconds: 1,
    path,
  });
  master.kill("SIGKILL");

  expect(reloaded.status).not.toBe(0);
  expect(await ended).toEqual([null, "SIGKILL"]);
  await rm(folder, { recursive: true });
});

it("a reload needs nothing that not every Debian has: kill is the shell's own", async () => {
  const called = (await reloadCommands("/data")).map((line) => line.split(" ")[0]);

  expect(called).toEqual(["/bin/sh"]);
});
