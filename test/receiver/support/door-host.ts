import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { chmod, mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import { join } from "node:path";
import express from "express";
import { isRepositoryName } from "../../../src/app.ts";
import { badRepositoryName, keyIsGone, notAllowed, unauthorized } from "../../../src/errors.ts";
import type { Key, Rights } from "../../../src/store-ports.ts";
import { adminRights } from "../../../src/rights.ts";
import type { Caller, Push, PushHandler, RefUpdate } from "../../../src/receiver/push.ts";
import { type BareRepositories, createRepositories } from "../../../src/receiver/repositories.ts";
import { installScripts, type Scripts } from "../../../src/receiver/scripts.ts";
import { createSessions, type Sessions } from "../../../src/receiver/sessions.ts";
import type { GitUser } from "../../../src/receiver/ssh/git-user.ts";
import { createKeyFiles } from "../../../src/receiver/ssh/key-files.ts";
import { type Sshd, startSshd } from "../../../src/receiver/ssh/sshd.ts";
import { gitRoutes } from "../../../src/web/git.ts";
import { hookRoutes } from "../../../src/web/hooks.ts";
import { readCredentials } from "../../../src/web/identity.ts";
import { type Ended, exec, must } from "../../support/exec.ts";
import { freePort } from "../../support/free-port.ts";
import { gitUser } from "../../support/git-user.ts";
import { gitEnvironment, sshArguments } from "../../support/git-environment.ts";
import { silentLog } from "../../support/silent-log.ts";
import { quickFolder } from "../../support/quick-folder.ts";
import { Work } from "./work.ts";

export type Door = "ssh" | "http";
export const doors: readonly Door[] = ["ssh", "http"];

/** Both doors of a Goku on real git, sshd and HTTP; what is behind them is the test's to say. */
export class DoorHost {
  readonly folder: string;
  token = randomBytes(16).toString("hex");
  /** Updates in the order in which git asked for them. */
  pushes: Push[] = [];
  /** Answers of `readPush`. */
  wholePushes: (readonly RefUpdate[])[] = [];
  readsWholePush = false;
  rights: Rights = adminRights;
  onUpdate: (push: Push) => Promise<void> | void = () => undefined;
  /** argv of the program that stands for octo. */
  scripts!: Scripts;
  repositories!: BareRepositories;
  #sessions!: Sessions;
  gitUser: GitUser | null = null;
  tcpPort = 0;
  sshPort = 0;
  sshd: Sshd | null = null;
  #control: Server | null = null;
  #tcp: Server | null = null;

  private constructor(folder: string) {
    this.folder = folder;
  }

  /** @param diskFloor bytes that have to stay free; left out: none */
  static async start(diskFloor = 0): Promise<DoorHost> {
    const folder = quickFolder("goku-doors-");
    await chmod(folder, 0o711);
    const host = new DoorHost(folder);
    try {
      await host.#open(diskFloor);
    } catch (error) {
      await host.destroy();
      throw error;
    }
    return host;
  }

  get data(): string {
    return join(this.folder, "data");
  }

  async #open(diskFloor: number): Promise<void> {
    const { data } = this;
    await mkdir(data, { mode: 0o711 });
    await chmod(data, 0o711);
    this.gitUser = await gitUser();
    const octo = join(this.folder, "octo's stand-in");
    await writeFile(octo, octoStandIn, { mode: 0o755 });
    this.scripts = await installScripts({ data, owner: this.gitUser, octo: ["/bin/sh", octo] });
    this.repositories = createRepositories({
      folder: join(data, "repositories"),
      hooks: this.scripts.hooks,
      owner: this.gitUser,
      submoduleCache: join(data, "submodules"),
      log: silentLog(),
      diskFloor,
    });
    this.#sessions = createSessions(this.repositories.room);
    await this.repositories.start();
    await this.openControl();
    await this.#openTcp();
    await this.#openSsh();
  }

  get handler(): PushHandler {
    return {
      authorize: async (caller, repository, service) => {
        if (!isRepositoryName(repository)) {
          throw badRepositoryName(repository);
        }
        if (!caller.rights.admin) {
          throw notAllowed(caller.name, `${service} ${repository}`);
        }
      },
      readsWholePush: () => this.readsWholePush,
      readPush: async (_caller, _repository, updates) => {
        this.wholePushes.push(updates);
      },
      update: async (push) => {
        this.pushes.push(push);
        await this.onUpdate(push);
      },
    };
  }

  async openControl(): Promise<void> {
    const app = express().use(
      hookRoutes({
        handler: this.handler,
        repositories: this.repositories,
        sessions: this.#sessions,
        callerOf: (key) => this.#callerOf(key),
        log: silentLog(),
      }),
    );
    const path = join(this.data, "goku.sock");
    await rm(path, { force: true });
    this.#control = createServer(app).listen(path);
    await once(this.#control, "listening");
    await chmod(path, 0o660);
    if (this.gitUser !== null) {
      await exec("chown", [`root:${this.gitUser.gid}`, path]);
    }
  }

  /** What a daemon that dies does to the hooks that wait for it. */
  async cutControl(): Promise<void> {
    const server = this.#control;
    this.#control = null;
    server?.closeAllConnections();
    await new Promise((resolve) => server?.close(resolve) ?? resolve(null));
  }

  #callerOf(key: string): Caller {
    if (key !== "tester") {
      throw keyIsGone(key);
    }
    return { name: key, rights: this.rights };
  }

  #ownerOf(authorization: string): Caller | null {
    const given = readCredentials(authorization);
    return given?.name === "tester" && given.token === this.token
      ? { name: given.name, rights: this.rights }
      : null;
  }

  async #openTcp(): Promise<void> {
    // node-git-server starts git by name.
    process.env["PATH"] = `${this.scripts.bin}:${process.env["PATH"] ?? ""}`;
    const app = express().use(
      gitRoutes({
        authenticate: async (request) => {
          const caller = this.#ownerOf(request.get("authorization") ?? "");
          if (caller === null) {
            throw unauthorized();
          }
          return caller;
        },
        callerOf: (authorization) => this.#ownerOf(authorization),
        handler: this.handler,
        repositories: this.repositories,
        sessions: this.#sessions,
        log: silentLog(),
      }),
    );
    this.#tcp = createServer(app).listen(0, "127.0.0.1");
    this.#tcp.requestTimeout = 0;
    await once(this.#tcp, "listening");
    const address = this.#tcp.address();
    this.tcpPort = typeof address === "object" && address !== null ? address.port : 0;
  }

  async #openSsh(): Promise<void> {
    const key = this.sshKey;
    await must(exec("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-f", key]));
    const [type = "", base64 = ""] = (await readFile(`${key}.pub`, "utf8")).split(" ");
    await this.writeKeys([keyNamed("tester", `${type} ${base64}`)]);
    this.sshPort = await freePort();
    this.sshd = await startSshd(this.sshdOptions);
  }

  get sshdOptions() {
    return {
      folder: join(this.data, "ssh"),
      listen: { host: "127.0.0.1", port: this.sshPort },
      user: this.sshUser,
      log: silentLog(),
    };
  }

  get sshUser(): string {
    return this.gitUser?.name ?? process.env["USER"] ?? "";
  }

  async writeKeys(keys: readonly Key[]): Promise<void> {
    const files = createKeyFiles({
      folder: join(this.data, "ssh"),
      sshCommand: this.scripts.sshCommand,
      gitUser: this.gitUser,
      hostDoor: false,
      log: silentLog(),
    });
    await files.write(keys);
  }

  get sshKey(): string {
    return join(this.folder, "id_test");
  }

  get sshArgs(): string[] {
    return sshArguments(this.sshKey);
  }

  get env(): Record<string, string> {
    return gitEnvironment(this.folder, ["ssh", ...this.sshArgs].join(" "));
  }

  portOf(door: Door): number {
    return door === "ssh" ? this.sshPort : this.tcpPort;
  }

  /** @param port of a way to the door, where it is not the door's own */
  url(door: Door, repository: string, port = this.portOf(door)): string {
    return door === "ssh"
      ? `ssh://${this.sshUser}@127.0.0.1:${port}/${repository}.git`
      : `http://tester:${this.token}@127.0.0.1:${port}/git/${repository}.git`;
  }

  /** Runs a command by SSH, as `ssh git@host COMMAND` would. */
  ssh(...command: readonly string[]): Promise<Ended> {
    const address = `${this.sshUser}@127.0.0.1`;
    const args = [...this.sshArgs, "-p", String(this.sshPort), address, ...command];
    return exec("ssh", args, { env: this.env });
  }

  /** A clone of nothing, with one commit on `main`. */
  async work(name = randomBytes(4).toString("hex")): Promise<Work> {
    const work = new Work(this, join(this.folder, "work", name));
    await mkdir(work.path, { recursive: true });
    await work.must("init", "-q", "-b", "main");
    await work.commit({ "index.html": `hello from ${name}` });
    return work;
  }

  async destroy(): Promise<void> {
    await this.sshd?.stop();
    await this.cutControl();
    const tcp = this.#tcp;
    tcp?.closeAllConnections();
    await new Promise((resolve) => tcp?.close(resolve) ?? resolve(null));
    await rm(this.folder, { recursive: true, force: true });
  }
}

export function keyNamed(name: string, publicKey: string): Key {
  return { name, publicKey, fingerprint: "", rights: adminRights, createdAt: "" };
}

/** Says what it was started with, a value a line; `follow` ends with its standard input. */
const octoStandIn = `printf '%s\\n' "octo" "$GOKU_KEY" "$GOKU_DATA" "$SSH_ORIGINAL_COMMAND" "$#"
if [ "$SSH_ORIGINAL_COMMAND" = follow ]; then exec cat; fi
`;
