import { type ChildProcess, spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { createInterface } from "node:readline";
import { clear } from "../../src/router/layout.ts";
import { placesOf } from "../../src/router/places.ts";
import { waitFor } from "../../src/system/wait.ts";
import { type Answer, ask } from "./ask.ts";
import { type Ended, exec, must } from "./exec.ts";
import { freePort } from "./free-port.ts";
import { freeSubnet } from "./free-subnet.ts";
import { gitEnvironment, sshArguments } from "./git-environment.ts";
import { containerCount, containerNames, isSettled, removeAllOf } from "./instance-in-docker.ts";
import { program } from "./program.ts";
import { type Files, WorkingCopies } from "./working-copies.ts";

const root = resolve(import.meta.dirname, "../..");

export interface HostOptions {
  /** More GOKU_* variables. */
  readonly env?: Readonly<Record<string, string>>;
  /** Modules that node loads into the daemon before its program (`--import`): absolute paths or file URLs. */
  readonly preload?: readonly string[];
}

/** Set by test/coverage.sh: where node is to write what of a daemon's code has run. */
const coverageFolder = process.env["DAEMON_COVERAGE"];
const coverage: Readonly<Record<string, string>> =
  coverageFolder === undefined ? {} : { NODE_V8_COVERAGE: coverageFolder };

/** A server of the test's own: a real Goku on free ports, its data in a temporary folder, nothing shared with others. */
export class TestHost {
  readonly folder: string;
  readonly instance: string;
  readonly domain = "goku.test";
  readonly httpPort: number;
  readonly sshPort: number;
  readonly webPort: number;
  readonly env: Record<string, string>;
  /** Log lines of the daemon. */
  log = "";
  readonly #preload: readonly string[];
  readonly #work: WorkingCopies;
  #daemon: ChildProcess | null = null;

  private constructor(
    folder: string,
    ports: readonly number[],
    subnet: string,
    options: HostOptions,
  ) {
    const [http = 0, https = 0, web = 0, ssh = 0] = ports;
    this.folder = folder;
    this.instance = `gkt-${randomBytes(4).toString("hex")}`;
    this.#preload = options.preload ?? [];
    this.httpPort = http;
    this.webPort = web;
    this.sshPort = ssh;
    this.env = {
      PATH: process.env["PATH"] ?? "",
      HOME: folder,
      GOKU_DATA: join(folder, "data"),
      GOKU_INSTANCE: this.instance,
      GOKU_DOMAIN: this.domain,
      GOKU_HTTP: `127.0.0.1:${http}`,
      GOKU_HTTPS: `127.0.0.1:${https}`,
      GOKU_WEB: `127.0.0.1:${web}`,
      GOKU_SSH: `127.0.0.1:${ssh}`,
      GOKU_SUBNET: subnet,
      GOKU_DEADLINE: "5s",
      // The sample apps' httpd is process 1 and does not listen to SIGTERM.
      GOKU_STOP: "1s",
      ...options.env,
    };
    this.#work = new WorkingCopies(join(folder, "work"), this.gitEnv);
  }

  static async start(options: HostOptions = {}): Promise<TestHost> {
    const folder = await mkdtemp(join(tmpdir(), "goku-test-"));
    const ports = await Promise.all([freePort(), freePort(), freePort(), freePort()]);
    const host = new TestHost(folder, ports, await freeSubnet(), options);
    await exec("chmod", ["0711", folder]);
    await writeFile(join(folder, "goku.toml"), "");
    try {
      await host.serve();
      await host.#addKey();
    } catch (error) {
      await host.destroy();
      throw error;
    }
    return host;
  }

  get data(): string {
    return join(this.folder, "data");
  }

  /** Starts the daemon and waits for its line `ready`. */
  async serve(env: Readonly<Record<string, string>> = {}): Promise<void> {
    const preload = this.#preload.flatMap((module) => ["--import", module]);
    const config = join(this.folder, "goku.toml");
    const [node, goku] = program("goku");
    const daemon = spawn(node, [...preload, goku, "serve", "--config", config], {
      cwd: root,
      env: { ...this.env, ...env, ...coverage },
      stdio: ["ignore", "pipe", "pipe"],
    });
    this.#daemon = daemon;
    daemon.stderr.setEncoding("utf8").on("data", (text: string) => {
      this.log += text;
    });
    const lines = createInterface({ input: daemon.stdout });
    const ready = (async () => {
      for await (const line of lines) {
        if (line === "ready") {
          return;
        }
      }
      throw new Error(`goku serve ended before it was ready:\n${this.log}`);
    })();
    await ready;
  }

  /** Ends the daemon and waits until it is gone. */
  async end(signal: NodeJS.Signals = "SIGTERM"): Promise<void> {
    const daemon = this.#daemon;
    this.#daemon = null;
    if (daemon !== null && daemon.exitCode === null && daemon.signalCode === null) {
      const gone = once(daemon, "exit");
      daemon.kill(signal);
      await gone;
    }
  }

  /** The daemon's process id. */
  get pid(): number {
    return this.#daemon?.pid ?? 0;
  }

  async octo(...args: string[]): Promise<Ended> {
    return this.octoWith("", ...args);
  }

  async octoWith(input: string, ...args: string[]): Promise<Ended> {
    const [node, octo] = program("octo");
    return exec(node, [octo, ...args], {
      cwd: root,
      env: this.env,
      input,
    });
  }

  /** `octo ... --json`, parsed. */
  async octoJson<T>(...args: string[]): Promise<T> {
    const ended = await this.octo(...args, "--json");
    if (ended.status !== 0) {
      throw new Error(`octo ${args.join(" ")} ended with ${ended.status}: ${ended.stderr}`);
    }
    const answer: T = JSON.parse(ended.stdout);
    return answer;
  }

  get sshKey(): string {
    return join(this.folder, "id_test");
  }

  get gitEnv(): Record<string, string> {
    return gitEnvironment(this.folder, ["ssh", ...sshArguments(this.sshKey)].join(" "));
  }

  async #addKey(): Promise<void> {
    await exec("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-f", this.sshKey]);
    const publicKey = await readFile(`${this.sshKey}.pub`, "utf8");
    const added = await this.octoWith(publicKey, "keys:add", "tester", "--admin");
    if (added.status !== 0) {
      throw new Error(`keys:add ended with ${added.status}: ${added.stderr}${added.stdout}`);
    }
  }

  sshUrl(repository: string): string {
    return `ssh://git@127.0.0.1:${this.sshPort}/${repository}.git`;
  }

  work(repository: string): string {
    return this.#work.of(repository);
  }

  async git(repository: string, ...args: string[]): Promise<Ended> {
    return this.#work.git(repository, ...args);
  }

  /** Makes these files the whole tree of the branch and commits it. */
  async commit(repository: string, files: Files, branch = "main"): Promise<void> {
    await this.#work.commit(repository, files, branch);
  }

  must(ending: Promise<Ended>): Promise<Ended> {
    return must(ending);
  }

  /** Commits the files, if any, and pushes the branch over SSH. */
  async push(repository: string, files: Files | null, branch = "main"): Promise<Ended> {
    if (files !== null) {
      await this.commit(repository, files, branch);
    }
    return this.git(repository, "push", this.sshUrl(repository), branch);
  }

  /** Asks nginx for a page of a host. */
  async ask(host: string, path = "/"): Promise<Answer> {
    return ask(this.httpPort, host, path);
  }

  /** Asks for an app's page by its name. */
  async see(app: string, path = "/"): Promise<Answer> {
    return this.ask(`${app}.${this.domain}`, path);
  }

  /** Names of the instance's containers, namespaces left out. */
  async containers(): Promise<string[]> {
    return containerNames(this.instance);
  }

  /** Resolves when old releases of Dockerfile apps have gone and two spare namespaces wait again. */
  async settled(): Promise<void> {
    await this.#until("the host", () => isSettled(this.instance));
  }

  /** Resolves when a project's old containers have gone. */
  async projectSettled(app: string, containers: number): Promise<void> {
    await this.#until(app, async () => (await containerCount(this.instance, app)) === containers);
  }

  async #until(what: string, isSo: () => Promise<boolean>): Promise<void> {
    const look = async () => ((await isSo()) ? true : null);
    if ((await waitFor(look, { timeoutMs: 60_000, intervalMs: 50, maxIntervalMs: 50 })) === null) {
      throw new Error(`${what} did not settle:\n${this.log}`);
    }
  }

  /** Takes away everything this host made. */
  async destroy(): Promise<void> {
    // Only a daemon that may end itself writes down what it has run.
    await this.end("NODE_V8_COVERAGE" in coverage ? "SIGTERM" : "SIGKILL");
    await this.#endLeftProcesses();
    await removeAllOf(this.instance);
    await rm(this.folder, { recursive: true, force: true });
    await clear(placesOf({ folder: join(this.data, "nginx"), logFolder: "", otherUser: true }));
  }

  async #endLeftProcesses(): Promise<void> {
    const files = await exec("find", [this.data, "-name", "*.pid"]);
    const pidFiles = files.stdout.split("\n").filter((path) => path !== "");
    for (const file of pidFiles) {
      const pid = Number((await readFile(file, "utf8")).trim());
      if (Number.isInteger(pid) && pid > 1) {
        await exec("kill", ["-TERM", String(pid)]);
      }
    }
  }
}
