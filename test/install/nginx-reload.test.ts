import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { titleOf } from "../../src/system/proc.ts";
import { eventually, type Host, makeHost, routeOf, startBackend } from "../router/fixture.ts";
import { exec } from "../support/exec.ts";

/* What `systemctl reload goku-nginx` runs: one command after the other, with the process id of nginx's master. */

const script = resolve(import.meta.dirname, "../../install/units.sh");

let host: Host;

beforeAll(async () => {
  host = await makeHost();
  // nginx runs itself again by the name that it was called by, which is a path in the unit.
  const nginx = (await exec("sh", ["-c", "command -v nginx"])).stdout.trim();
  await host.restarted({ nginx }).start();
});
afterAll(() => host.end());

interface Command {
  readonly line: string;
  readonly mayFail: boolean;
}

/** Of the unit for this host's folder, as the installer writes it. */
async function reloadCommands(): Promise<Command[]> {
  const folder = await mkdtemp(join(tmpdir(), "goku-units-"));
  await exec("sh", [
    "-c",
    `set -eu; . ${script}; logged() { :; }; note() { :; }; units=${folder}; data=${host.folder}
    current=/current; ready_file=/ready; write_units`,
  ]);
  const unit = await readFile(join(folder, "goku-nginx.service"), "utf8");
  await rm(folder, { recursive: true });
  return [...unit.matchAll(/^ExecReload=(-?)(.*)$/gm)].map(([, dash, line = ""]) => ({
    line,
    mayFail: dash === "-",
  }));
}

async function reload(): Promise<string[]> {
  const master = `MAINPID=${await host.master()}; export MAINPID`;
  const failures: string[] = [];
  for (const { line, mayFail } of await reloadCommands()) {
    const { status, stderr } = await exec("sh", ["-c", `${master}; ${line}`]);
    failures.push(...(status === 0 || mayFail ? [] : [`${line}: ${stderr}`]));
  }
  return failures;
}

it("a reload has another nginx take over the sockets: no connection is refused, and Goku goes on with it", async () => {
  const backend = await startBackend("127.0.0.2", "here");
  await host.publish(routeOf("blog-main", [backend]));
  const before = await host.master();
  const body = async (app: string) => (await host.get(`${app}.example.test`)).body;
  const answers: string[] = [];
  const over = new AbortController();
  const asking = (async () => {
    while (!over.signal.aborted) {
      answers.push(await body("blog-main").catch(String));
    }
  })();
  await eventually("the first answers", () => answers.length > 20);

  const failures = await reload();
  const sofar = answers.length;
  await eventually("more answers", () => answers.length > sofar + 20);
  over.abort();
  await asking;

  expect(failures).toEqual([]);
  expect(new Set(answers)).toEqual(new Set(["here"]));
  await eventually("the end of the old nginx", () => titleOf(before) === "");
  const after = await host.master();
  expect(after).not.toBe(before);
  await host.publish(routeOf("shop-main", [backend]));
  expect(await body("shop-main")).toBe("here");
  expect(await host.master()).toBe(after);
  await backend.close();
});

it("a reload needs nothing that not every Debian has: kill is the shell's own", async () => {
  const programs = (await reloadCommands()).map(({ line }) => line.split(" ")[0]);

  expect(programs).toEqual(["/bin/sh", "/usr/bin/timeout", "/usr/bin/timeout"]);
});
