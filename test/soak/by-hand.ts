import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { mkdir, rename, writeFile } from "node:fs/promises";
import type { Server } from "node:http";
import { join } from "node:path";
import { callDocker, idOf } from "../../bench/by-hand/docker-api.ts";
import { accepts } from "../../bench/by-hand/hand.ts";
import { servePlainGit } from "../../bench/by-hand/http-git.ts";
import { firstSeen } from "../../bench/measure.ts";
import { exec } from "../support/exec.ts";
import {
  type Deployed,
  deployTogether,
  type FleetApp,
  fleetText,
  projectFiles,
} from "../support/fleet.ts";
import { freePort } from "../support/free-port.ts";
import { page } from "../support/sample-apps.ts";
import type { TestHost } from "../support/test-host.ts";

const domain = "hand.test";

interface HandApp extends FleetApp {
  version: number;
  /** Of the container that serves it. */
  container: string | null;
  /** A project's own port on the server. */
  readonly port: number;
}

/**
 * Several apps, deployed as somebody would by hand who minds what it costs: a push over plain HTTP, then for a Dockerfile
 * a build, a container, a vhost, a reload, a look at the page, and the old container goes; for a project
 * `docker compose up --build` and a look at the page. No address is prepared, nothing is drained, nothing written down.
 */
export class ByHand {
  readonly apps: readonly HandApp[];
  readonly #host: TestHost;
  readonly #folder: string;
  readonly #network: string;
  readonly #httpPort: number;
  readonly #gitPort: number;
  readonly #git: Server;

  private constructor(
    host: TestHost,
    apps: readonly HandApp[],
    folder: string,
    httpPort: number,
    gitPort: number,
    git: Server,
  ) {
    this.#host = host;
    this.apps = apps;
    this.#folder = folder;
    this.#network = `hand-${host.instance}`;
    this.#httpPort = httpPort;
    this.#gitPort = gitPort;
    this.#git = git;
  }

  /** Deploys each of them once. The clients' working copies are the host's. */
  static async start(host: TestHost, wanted: readonly FleetApp[], subnet: string): Promise<ByHand> {
    const folder = join(host.folder, "by-hand");
    await mkdir(join(folder, "vhosts"), { recursive: true });
    await mkdir(join(folder, "temp"), { recursive: true });
    const apps: HandApp[] = [];
    for (const { name, isProject } of wanted) {
      const port = isProject ? await freePort() : 80;
      apps.push({ name: `hand-${name}`, isProject, version: 0, container: null, port });
    }
    const [httpPort, gitPort] = [await freePort(), await freePort()];
    const git = await servePlainGit(join(folder, "repositories"), gitPort);
    const hand = new ByHand(host, apps, folder, httpPort, gitPort, git);
    await callDocker("POST", "/networks/create", {
      Name: hand.#network,
      Driver: "bridge",
      Labels: { "goku.instance": host.instance },
      IPAM: { Config: [{ Subnet: subnet }] },
    });
    await writeFile(join(folder, "nginx.conf"), hand.#nginxConfig());
    await host.must(exec("nginx", hand.#nginx()));
    for (const app of apps) {
      await exec("git", ["init", "-q", "--bare", "-b", "main", hand.#bare(app)]);
      await hand.deploy(app);
    }
    return hand;
  }

  /** From the push until the new page was seen and the old container is gone. */
  async deploy(app: HandApp): Promise<void> {
    app.version += 1;
    const text = fleetText(app.name, app.version);
    const files = app.isProject ? projectFiles(text, `127.0.0.1:${app.port}:80`) : page(text);
    await this.#host.commit(app.name, files);
    const url = `http://127.0.0.1:${this.#gitPort}/${app.name}.git`;
    await this.#host.must(this.#host.git(app.name, "push", "-q", url, "main"));
    await (app.isProject ? this.#deployProject(app, text) : this.#deployDockerfile(app, text));
  }

  /** Deploys all of them again and again, all at once, until the time is over. */
  async deployTogether(isOver: () => boolean): Promise<Deployed[]> {
    return deployTogether(this.apps, (app) => this.deploy(app), isOver);
  }

  async close(): Promise<void> {
    this.#git.close();
    process.kill(this.#master(), "SIGTERM");
    for (const app of this.apps) {
      if (app.isProject) {
        await this.#compose(app, "down", "-v", "--rmi", "local");
      } else {
        if (app.container !== null) {
          await callDocker("DELETE", `/containers/${app.container}?force=true`);
        }
        await exec("docker", ["rmi", "-f", app.name]);
      }
    }
    await callDocker("DELETE", `/networks/${this.#network}`);
  }

  async #deployDockerfile(app: HandApp, text: string): Promise<void> {
    const archive = this.#archive(app);
    await callDocker("POST", `/build?version=2&t=${app.name}:latest`, archive.stdout);
    const created = await callDocker("POST", "/containers/create", {
      Image: `${app.name}:latest`,
      HostConfig: { NetworkMode: this.#network },
    });
    const container = idOf(created);
    await callDocker("POST", `/containers/${container}/start`);
    const inspected: {
      NetworkSettings: { Networks: Record<string, { IPAddress: string }> };
    } = JSON.parse(await callDocker("GET", `/containers/${container}/json`));
    const address = inspected.NetworkSettings.Networks[this.#network]?.IPAddress ?? "";
    await accepts(address);
    await this.#route(app, address);
    await firstSeen(this.#httpPort, `${app.name}.${domain}`, text);
    const old = app.container;
    app.container = container;
    if (old !== null) {
      await callDocker("DELETE", `/containers/${old}?force=true`);
    }
  }

  async #deployProject(app: HandApp, text: string): Promise<void> {
    const tree = this.#tree(app);
    await mkdir(tree, { recursive: true });
    const unpack = spawn("tar", ["-x", "-m", "-C", tree], {
      stdio: [this.#archive(app).stdout, "ignore", "inherit"],
    });
    await once(unpack, "close");
    await this.#compose(app, "up", "-d", "--build", "--quiet-pull");
    await firstSeen(app.port, "localhost", text);
  }

  async #route(app: HandApp, address: string): Promise<void> {
    const vhost = join(this.#folder, "vhosts", `${app.name}.conf`);
    const text = `upstream ${app.name} { server ${address}:80; keepalive 16; }
server { listen 127.0.0.1:${this.#httpPort}; server_name ${app.name}.${domain};
  location / { proxy_pass http://${app.name}; proxy_http_version 1.1; proxy_set_header Connection ""; } }\n`;
    await writeFile(`${vhost}.new`, text);
    await rename(`${vhost}.new`, vhost);
    await this.#host.must(exec("nginx", ["-t", "-q", ...this.#nginx()]));
    process.kill(this.#master(), "SIGHUP");
  }

  #archive(app: HandApp) {
    const where = ["-c", "safe.directory=*", "-C", this.#bare(app)];
    return spawn("git", [...where, "archive", "--format=tar", "main"]);
  }

  async #compose(app: HandApp, ...args: string[]): Promise<void> {
    const project = `${this.#network}-${app.name}`;
    const cwd = this.#tree(app);
    await this.#host.must(exec("docker", ["compose", "-p", project, ...args], { cwd }));
  }

  #bare({ name }: HandApp): string {
    return join(this.#folder, "repositories", `${name}.git`);
  }

  #tree({ name }: HandApp): string {
    return join(this.#folder, "trees", name);
  }

  #nginx(): string[] {
    return ["-c", join(this.#folder, "nginx.conf"), "-p", this.#folder];
  }

  #master(): number {
    return Number(readFileSync(join(this.#folder, "nginx.pid"), "utf8").trim());
  }

  #nginxConfig(): string {
    const temp = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]
      .map((name) => `${name}_temp_path ${join(this.#folder, "temp")};`)
      .join(" ");
    return `pid ${join(this.#folder, "nginx.pid")};
error_log ${join(this.#folder, "error.log")};
worker_processes auto;
events { worker_connections 4096; }
http { access_log off; ${temp} include ${join(this.#folder, "vhosts/*.conf")};
server { listen 127.0.0.1:${this.#httpPort} default_server; return 404; } }\n`;
  }
}
