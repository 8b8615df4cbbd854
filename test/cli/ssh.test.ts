import { spawn } from "node:child_process";
import { once } from "node:events";
import { chmod, mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { connect } from "node:net";
import { userInfo } from "node:os";
import { join, resolve } from "node:path";
import { createInterface } from "node:readline";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { deferred } from "../../src/system/deferred.ts";
import { waitFor } from "../../src/system/wait.ts";
import { joinWords } from "../../src/cli/shell-words.ts";
import { exec } from "../support/exec.ts";
import { freePort } from "../support/free-port.ts";
import {
  addApp,
  addKey,
  nobody,
  type TestControlOptions,
  testControl,
} from "../web/test-control.ts";
import { eventually, inTerminal } from "../support/in-terminal.ts";
import { program } from "../support/program.ts";
import { quickFolder } from "../support/quick-folder.ts";
import { beginning, interruptible } from "./interruptible.ts";

/* `octo -H` through a real sshd, to an octo that is a real forced command. */

const user = userInfo().username;
const [node, octo] = program("octo");

let folder = "";
let port = 0;
let stop: () => Promise<void>;

beforeAll(async () => {
  folder = quickFolder("goku-ssh-");
  port = await freePort();
  for (const name of ["host", "id"]) {
    await exec("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-f", join(folder, name)]);
  }
  const options = `-F /dev/null -i ${folder}/id -o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null -o LogLevel=ERROR`;
  await script("bin/ssh", `exec /usr/bin/ssh ${options} "$@"`);
  await script("forced", `GOKU_KEY=laptop GOKU_DATA=$(cat ${folder}/data) exec ${node} ${octo}`);
  const key = await readFile(join(folder, "id.pub"), "utf8");
  await writeFile(join(folder, "keys"), `restrict,command="exec ${folder}/forced",pty ${key}`);
  const settings = [
    `Port ${port}`,
    "ListenAddress 127.0.0.1",
    `HostKey ${folder}/host`,
    `AuthorizedKeysFile ${folder}/keys`,
    "StrictModes no",
    "PermitRootLogin yes",
    "UsePAM no",
    "PidFile none",
  ];
  await writeFile(join(folder, "config"), `${settings.join("\n")}\n`);
  await mkdir("/run/sshd", { recursive: true });
  const sshd = spawn("/usr/sbin/sshd", ["-D", "-f", join(folder, "config")], { stdio: "ignore" });
  stop = async () => {
    const gone = once(sshd, "exit");
    sshd.kill();
    await gone;
  };
  expect(await waitFor(() => answers(port), { timeoutMs: 30_000 })).toBe(true);
});

afterAll(async () => {
  await stop();
  await rm(folder, { recursive: true });
});

async function script(name: string, body: string): Promise<void> {
  const path = join(folder, name);
  await mkdir(resolve(path, ".."), { recursive: true });
  await writeFile(path, `#!/bin/sh\n${body}\n`);
  await chmod(path, 0o755);
}

async function answers(at: number): Promise<true | null> {
  const client = connect(at, "127.0.0.1");
  try {
    await once(client, "connect");
    return true;
  } catch {
    return null;
  } finally {
    client.destroy();
  }
}

/** A server whose key `laptop` may deploy `blog`. */
async function server(options: TestControlOptions = {}) {
  const host = await testControl(options);
  addApp(host, "blog");
  addKey(host, "laptop", { ...nobody, deploy: ["blog"] });
  await writeFile(join(folder, "data"), host.data);
  return host;
}

const env = () => ({ PATH: `${folder}/bin:${process.env["PATH"] ?? ""}` });
const words = (...verb: string[]) => ["-H", `${user}@127.0.0.1:${port}`, ...verb];

function remotely(input: string, ...verb: string[]) {
  return exec(node, [octo, ...words(...verb)], { env: env(), input });
}

describe("octo -H", () => {
  it("brings every word and standard input to the other side, and its output and status back", async () => {
    const host = await server();
    const value = `it's "two"  words\nand $HOME; \`id\` \\ 🚀`;
    const set = await remotely(
      "from\ninput\n",
      "config:set",
      `blog/A=${value}`,
      "blog/B=-",
      "--no-restart",
    );
    expect(set).toMatchObject({ status: 0, stderr: "" });
    expect(await host.vars.read("blog")).toEqual({ A: value, B: "from\ninput" });
    const refused = await remotely("", "keys:list");
    expect(refused).toMatchObject({ status: 1, stdout: "" });
    expect(refused.stderr).toContain("laptop may not");
    expect(await remotely("", "rollback")).toMatchObject({ status: 2 });
  });

  it("lets a followed log go when the client is gone", async () => {
    const letGo = deferred<string>();
    await server({
      router: {
        async *accessLog(_app, { signal }) {
          yield "{}";
          await new Promise((done) => signal?.addEventListener("abort", done));
          letGo.resolve("let go");
        },
      },
    });
    const client = spawn(node, [octo, ...words("logs", "blog", "--access", "-f")], {
      env: env(),
      stdio: ["ignore", "pipe", "inherit"],
      detached: true,
    });
    await once(client.stdout, "data");
    process.kill(-(client.pid ?? 0), "SIGINT");
    expect(await letGo.promise).toBe("let go");
  });

  it.each([
    ["octo -H", () => [node, octo, ...words("run", "blog", "--", "sh")]],
    ["ssh -t", () => ["ssh", "-t", "-p", String(port), `${user}@127.0.0.1`, "run blog -- sh"]],
  ])("lends the terminal to a command, by %s", async (_way, argv) => {
    const { began, engine } = interruptible();
    await server({ engine });
    const line = `${joinWords(argv())}; echo "status $?"`;
    const terminal = inTerminal(line, env());
    const screen = await beginning(began);
    expect(screen).toMatchObject({ columns: 100, rows: 40 });
    await terminal.resize(50, 120);
    await eventually("the new size", () => screen.columns === 120 && screen.rows === 50);
    terminal.type("k");
    await eventually("a key", () => terminal.text().includes("K"));
    terminal.type("\u0003");
    await terminal.ended;
    expect(terminal.text()).toContain("status 7\r\n");
  });

  it("has the lines of a followed log as JSON as soon as they are there", async () => {
    const wanted = deferred<void>();
    await server({
      router: {
        async *accessLog() {
          yield "first";
          await wanted.promise;
          yield "second";
        },
      },
    });
    const verb = words("logs", "blog", "--access", "-f", "--json");
    const client = spawn(node, [octo, ...verb], {
      env: env(),
      stdio: ["ignore", "pipe", "inherit"],
    });
    const lines = createInterface({ input: client.stdout })[Symbol.asyncIterator]();
    const document = (line: string) => ({ line, version: null, index: null, service: null });
    const first = await lines.next();
    expect(JSON.parse(first.value ?? "")).toEqual(document("first"));
    wanted.resolve();
    const second = await lines.next();
    expect(JSON.parse(second.value ?? "")).toEqual(document("second"));
    expect((await lines.next()).done).toBe(true);
  });
});
