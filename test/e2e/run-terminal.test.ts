import { chmod, mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { joinWords } from "../../src/cli/shell-words.ts";
import { exec } from "../support/exec.ts";
import { sshArguments } from "../support/git-environment.ts";
import { eventually, inTerminal } from "../support/in-terminal.ts";
import { page } from "../support/sample-apps.ts";
import { TestHost } from "../support/test-host.ts";

/* `octo run` as people type it in a terminal, on the server and from afar. */

const compose = `services:
  web:
    build: .
    ports: ["80"]
`;

let host: TestHost;
let env: Record<string, string>;

beforeAll(async () => {
  host = await TestHost.start();
  const bin = join(host.folder, "bin");
  await mkdir(bin);
  const options = sshArguments(host.sshKey).join(" ");
  await writeFile(join(bin, "ssh"), `#!/bin/sh\nexec /usr/bin/ssh ${options} "$@"\n`);
  await chmod(join(bin, "ssh"), 0o755);
  env = { ...host.env, PATH: `${bin}:${host.env["PATH"] ?? ""}`, TERM: "xterm" };
  await host.must(host.push("blog", page("blog")));
  await host.must(host.push("shop", page("shop", { "compose.yaml": compose })));
});

afterAll(() => host.destroy());

const ways = ["on the server", "by octo -H", "by ssh -t"] as const;

/** A line of a shell that runs a command of an app. */
function line(way: (typeof ways)[number], app: string, ...command: string[]): string {
  const octo = join(host.data, "bin/octo");
  const verb = ["run", app, "--", ...command];
  const words = {
    "on the server": [octo, ...verb],
    "by octo -H": [octo, "-H", `ssh://git@127.0.0.1:${host.sshPort}`, ...verb],
    "by ssh -t": ["ssh", "-t", "-p", String(host.sshPort), "git@127.0.0.1", joinWords(verb)],
  };
  // The trap keeps Ctrl-C from ending the shell of this line with the program it waits for.
  return `trap : INT; ${joinWords(words[way])}; echo "status $?"`;
}

async function running(): Promise<string[]> {
  const filters = [`label=goku.instance=${host.instance}`, "label=goku.role=run"];
  const { stdout } = await exec("docker", ["ps", "-aq", ...filters.flatMap((f) => ["-f", f])]);
  return stdout.split("\n").filter((id) => id !== "");
}

const nothingRuns = () => eventually("no container", async () => (await running()).length === 0);

describe.each([
  ["blog", "on the server"],
  ["blog", "by octo -H"],
  ["blog", "by ssh -t"],
  ["shop", "by ssh -t"],
] as const)("a command of %s, %s,", (app, way) => {
  const run = (...command: string[]) => inTerminal(line(way, app, ...command), env);

  it("is a shell with a prompt and the window's size, whose exit status arrives", async () => {
    const shell = run("sh");
    await shell.shows("# ");
    shell.type("stty size\n");
    await shell.shows("40 100\r\n");
    await shell.resize(50, 120);
    // Asked again until the new size has arrived.
    shell.type("until stty size | grep -x '50 120'; do :; done; exit 7\n");
    await shell.ended;
    expect(shell.text()).toMatch(/\n50 120\r\n[^]*status 7\r\n$/);
    await nothingRuns();
  });

  it("ends with Ctrl-C, which it need not know how to handle", async () => {
    const sleep = run("sh", "-c", "echo up; exec sleep 600");
    await sleep.shows("up");
    sleep.type("\u0003");
    await sleep.ended;
    expect(sleep.text()).toMatch(/status 130\r\n$/);
    await nothingRuns();
  });

  it("ends with Ctrl-C as soon as there is a container", async () => {
    const sleep = run("sleep", "600");
    await eventually("a container", async () => (await running()).length > 0);
    sleep.type("\u0003");
    await sleep.ended;
    // Until the command has the terminal, Ctrl-C ends octo, of which ssh says 255.
    expect(sleep.text()).toMatch(/status (?:130|255)\r\n$/);
    await nothingRuns();
  });

  it("ends with the window", async () => {
    const shell = run("sh");
    await shell.shows("# ");
    shell.close();
    await nothingRuns();
  });
});

describe("a key that may have a terminal", () => {
  const ssh = (...args: string[]) =>
    exec("ssh", ["-p", String(host.sshPort), ...args], { env }).then(({ status, stdout }) => ({
      status,
      stdout,
    }));

  it("has no shell in it", async () => {
    const session = inTerminal(`ssh -t -p ${host.sshPort} git@127.0.0.1`, env);
    session.type("echo a shell of the server\n");
    await session.ended;
    expect(session.text()).toContain("Hi tester, this is Goku.");
    expect(session.text()).not.toMatch(/^a shell/m);
    const tried = inTerminal(
      `ssh -t -p ${host.sshPort} git@127.0.0.1 sh -i; echo "status $?"`,
      env,
    );
    await tried.ended;
    expect(tried.text()).toMatch(/status 2\r\n$/);
  });

  it("has nothing forwarded", async () => {
    const web = `127.0.0.1:${host.webPort}`;
    expect(await ssh("-W", web, "git@127.0.0.1")).toEqual({ status: 255, stdout: "" });
    const back = ["-o", "ExitOnForwardFailure=yes", "-R", `0:${web}`];
    expect((await ssh(...back, "git@127.0.0.1", "status")).status).toBe(255);
  });
});
