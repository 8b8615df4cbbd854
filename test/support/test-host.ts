import { type ChildProcess, spawn } from "node:child_process";
import { randomBytes, randomInt } from "node:crypto";
import { once } from "node:events";
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { get } from "node:http";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { createInterface } from "node:readline";
import { freePort } from "./free-port.ts";
import { type Ended, exec, must } from "./exec.ts";
import { wrongNamespaces } from "./spares.ts";

const root = resolve(import.meta.dirname, "../..");

export interface Answer {
  readonly status: number;
  readonly body: string;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
}

export interface HostOptions {
  /** `source` needs no build; `dist` is what people run. */
  readonly program?: "source" | "dist";
  /** More GOKU_* variables. */
  readonly env?: Readonly<Record<string, string>>;
  /** Modules that node loads into the daemon before its program (`--import`): absolute paths or file URLs. */
  readonly preload?: readonly string[];
}

/** Set by test/coverage.sh: where node is to write what of a daemon's code has run. */
const coverageFolder = process.env["DAEMON_COVERAGE"];
const coverage: Readonly<Record<string, string>> =
  coverageFolder === undefined ? {} : { NODE_V8_COVERAGE: coverageFolder };

export type Files = Readonly<Record<string, string>>;

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
  readonly #from: "source" | "dist";
  readonly #preload: readonly string[];
  #daemon: ChildProcess | null = null;

  private constructor(folder: string, ports: readonly number[], options: HostOptions) {
    const [http = 0, https = 0, web = 0, ssh = 0] = ports;
    this.folder = folder;
    this.instance = `gkt-${randomBytes(4).toString("hex")}`;
    this.#from = options.program ?? "source";
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
      GOKU_SUBNET: `10.${224 + randomInt(30)}.${16 * randomInt(16)}.0/20`,
      GOKU_DEADLINE: "5s",
      // The sample apps' httpd is process 1 and does not listen to SIGTERM.
      GOKU_STOP: "1s",
      ...options.env,
    };
  }

  static async start(options: HostOptions = {}): Promise<TestHost> {
    const folder = await mkdtemp(join(tmpdir(), "goku-test-"));
    const ports = await Promise.all([freePort(), freePort(), freePort(), freePort()]);
    const host = new TestHost(folder, ports, options);
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

  /** Node's arguments for one of the two programs, whatever the working directory. */
  #program(name: "goku" | "octo"): string[] {
    return this.#from === "dist"
      ? [join(root, "dist/bin", `${name}.js`)]
      : ["--import", import.meta.resolve("tsx"), join(root, "src/bin", `${name}.ts`)];
  }

  /** Starts the daemon and waits for its line `ready`. */
  async serve(env: Readonly<Record<string, string>> = {}): Promise<void> {
    const preload = this.#preload.flatMap((module) => ["--import", module]);
    const config = join(this.folder, "goku.toml");
    const args = [...preload, ...this.#program("goku"), "serve", "--config", config];
    const daemon = spawn(process.execPath, args, {
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
    return exec(process.execPath, [...this.#program("octo"), ...args], {
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
    const options = `-i ${this.sshKey} -o IdentitiesOnly=yes -o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null -o LogLevel=ERROR`;
    return {
      PATH: this.env["PATH"] ?? "",
      HOME: this.folder,
      GIT_SSH_COMMAND: `ssh -F /dev/null ${options}`,
      GIT_CONFIG_NOSYSTEM: "1",
      GIT_AUTHOR_NAME: "tester",
      GIT_AUTHOR_EMAIL: "tester@goku.test",
      GIT_COMMITTER_NAME: "tester",
      GIT_COMMITTER_EMAIL: "tester@goku.test",
      GIT_TERMINAL_PROMPT: "0",
    };
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
    return join(this.folder, "work", repository);
  }

  async git(repository: string, ...args: string[]): Promise<Ended> {
    return exec("git", args, { cwd: this.work(repository), env: this.gitEnv });
  }

  /** Makes these files the whole tree of the branch and commits it. */
  async commit(repository: string, files: Files, branch = "main"): Promise<void> {
    const work = this.work(repository);
    await mkdir(work, { recursive: true });
    const isNew = !(await readdir(work)).includes(".git");
    if (isNew) {
      await exec("git", ["init", "-q", "-b", branch, work], { env: this.gitEnv });
    }
    const on = await this.git(repository, "symbolic-ref", "--short", "HEAD");
    if (on.stdout.trim() !== branch) {
      const old = await this.git(repository, "checkout", "-q", branch);
      if (old.status !== 0) {
        await this.must(this.git(repository, "checkout", "-q", "-b", branch));
      }
    }
    const present = (await readdir(work)).filter((name) => name !== ".git");
    await Promise.all(present.map((name) => rm(join(work, name), { recursive: true })));
    for (const [path, text] of Object.entries(files)) {
      await mkdir(dirname(join(work, path)), { recursive: true });
      await writeFile(join(work, path), text, { mode: text.startsWith("#!") ? 0o755 : 0o644 });
    }
    await this.must(this.git(repository, "add", "-A"));
    await this.must(this.git(repository, "commit", "-q", "--allow-empty", "-m", "change"));
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
    const format = '{{.Names}} {{.Label "goku.role"}}';
    const { stdout } = await exec("docker", ["ps", "-a", "--format", format, ...this.#ours]);
    return stdout
      .split("\n")
      .flatMap((line) => {
        const [name = "", role = ""] = line.trim().split(" ");
        return name === "" || role === "namespace" ? [] : [name];
      })
      .sort();
  }

  /** Resolves when old releases of Dockerfile apps have gone and two spare namespaces wait again. */
  async settled(): Promise<void> {
    const deadline = Date.now() + 60_000;
    while (Date.now() < deadline) {
      const labels = ["goku.role", "goku.app", "goku.fingerprint"];
      const format = labels.map((label) => `{{.Label "${label}"}}`).join(" ");
      const { stdout } = await exec("docker", ["ps", "-a", "--format", format, ...this.#ours]);
      // Services of projects have a fingerprint, the third word.
      const lines = stdout.split("\n").filter((line) => line !== "" && line.endsWith(" "));
      const namespaces = lines.filter((line) => line.startsWith("namespace")).length;
      const apps = new Set(lines.filter((line) => !line.startsWith("namespace")));
      const replicas = lines.length - namespaces;
      if (replicas === apps.size && wrongNamespaces(namespaces, replicas).length === 0) {
        return;
      }
      await new Promise((done) => setTimeout(done, 50));
    }
    throw new Error(`the host did not settle:\n${this.log}`);
  }

  /** Resolves when a project's old containers have gone. */
  async projectSettled(app: string, containers: number): Promise<void> {
    const deadline = Date.now() + 60_000;
    while (Date.now() < deadline) {
      const filter = ["--filter", `label=goku.app=${app}`];
      const { stdout } = await exec("docker", ["ps", "-aq", ...this.#ours, ...filter]);
      if (stdout.split("\n").filter((id) => id !== "").length === containers) {
        return;
      }
      await new Promise((done) => setTimeout(done, 50));
    }
    throw new Error(`${app} did not settle:\n${this.log}`);
  }

  get #ours(): readonly string[] {
    return ["--filter", `label=goku.instance=${this.instance}`];
  }

  /** Takes away everything this host made. */
  async destroy(): Promise<void> {
    // Only a daemon that may end itself writes down what it has run.
    await this.end("NODE_V8_COVERAGE" in coverage ? "SIGTERM" : "SIGKILL");
    await this.#endLeftProcesses();
    const label = `label=goku.instance=${this.instance}`;
    await removeAll(["ps", "-aq", "--filter", label], ["rm", "-f", "-v"]);
    await removeAll(["network", "ls", "-q", "--filter", label], ["network", "rm"]);
    await removeAll(["volume", "ls", "-q", "--filter", label], ["volume", "rm"]);
    await removeAll(["images", "-q", "--filter", label], ["rmi", "-f"]);
    await rm(this.folder, { recursive: true, force: true });
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

export function ask(port: number, host: string, path = "/"): Promise<Answer> {
  return new Promise((done, reject) => {
    const request = get(
      { host: "127.0.0.1", port, path, headers: { host }, agent: false },
      (response) => {
        let body = "";
        response.setEncoding("utf8");
        response.on("data", (chunk: string) => {
          body += chunk;
        });
        response.once("error", reject);
        response.once("end", () =>
          done({ status: response.statusCode ?? 0, body, headers: response.headers }),
        );
      },
    );
    request.once("error", reject);
  });
}

async function removeAll(list: readonly string[], remove: readonly string[]): Promise<void> {
  const { stdout } = await exec("docker", list);
  const ids = [...new Set(stdout.split("\n").filter((id) => id !== ""))];
  if (ids.length > 0) {
    await exec("docker", [...remove, ...ids]);
  }
}
