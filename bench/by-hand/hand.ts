import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { mkdir, rename, writeFile } from "node:fs/promises";
import { connect } from "node:net";
import { join } from "node:path";
import { exec } from "../../test/support/exec.ts";
import { freePort } from "../../test/support/free-port.ts";
import { callDocker, idOf } from "./docker-api.ts";

const host = "hand.bench";

/**
 * A deploy as somebody would do it by hand, with the cheapest real means for each step: the tree into the builder's
 * API, a container joined to a network namespace that waits for it, the new vhost validated alone, SIGHUP.
 */
export class Hand {
  readonly host = host;
  readonly httpPort: number;
  readonly #folder: string;
  readonly #network: string;
  #spare: string | null = null;
  #running: string[] = [];
  #image = "";

  private constructor(folder: string, httpPort: number, network: string) {
    this.#folder = folder;
    this.httpPort = httpPort;
    this.#network = network;
  }

  static async start(folder: string, subnet: string): Promise<Hand> {
    const network = `bench-hand-${process.pid}`;
    const hand = new Hand(folder, await freePort(), network);
    await mkdir(join(folder, "apps"), { recursive: true });
    await mkdir(join(folder, "temp"), { recursive: true });
    await callDocker("POST", "/networks/create", {
      Name: network,
      Driver: "bridge",
      IPAM: { Config: [{ Subnet: subnet }] },
    });
    await writeFile(join(folder, "nginx.conf"), hand.#config("apps/*.conf", true));
    await writeFile(join(folder, "check.conf"), hand.#config("new.conf", false));
    await exec("nginx", ["-c", join(folder, "nginx.conf"), "-p", folder]);
    await hand.prepare();
    return hand;
  }

  /** A namespace for the next container, as Goku has one ready: not part of what is measured. */
  async prepare(): Promise<void> {
    const answer = await callDocker("POST", "/containers/create", {
      Image: "goku-test/busybox",
      Cmd: ["sleep", "1000000"],
      StopSignal: "SIGKILL",
      HostConfig: { NetworkMode: this.#network },
    });
    this.#spare = idOf(answer);
    await callDocker("POST", `/containers/${this.#spare}/start`);
  }

  async build(repository: string): Promise<void> {
    const where = ["-c", "safe.directory=*", "-C", repository];
    const archive = spawn("git", [...where, "archive", "--format=tar", "main"]);
    const answer = await callDocker("POST", "/build?version=2&t=bench-hand:latest", archive.stdout);
    const found = answer.match(/"ID":"(sha256:[0-9a-f]+)"/);
    this.#image = found?.[1] ?? "bench-hand:latest";
  }

  /** Starts the built image and waits until it accepts. @returns its address */
  async startContainer(env: readonly string[] = []): Promise<string> {
    const spare = this.#spare;
    if (spare === null) {
      throw new Error("no namespace is prepared");
    }
    this.#spare = null;
    const inspected: {
      NetworkSettings: { Networks: Record<string, { IPAddress: string }> };
    } = JSON.parse(await callDocker("GET", `/containers/${spare}/json`));
    const address = inspected.NetworkSettings.Networks[this.#network]?.IPAddress ?? "";
    const created = await callDocker("POST", "/containers/create", {
      Image: this.#image,
      Env: env,
      HostConfig: { NetworkMode: `container:${spare}` },
    });
    const id = idOf(created);
    await callDocker("POST", `/containers/${id}/start`);
    await accepts(address);
    this.#running.push(id, spare);
    return address;
  }

  async switchTo(address: string): Promise<void> {
    const vhost = `upstream hand { server ${address}:80; keepalive 16; }
server { listen 127.0.0.1:${this.httpPort}; server_name ${host};
  location / { proxy_pass http://hand; proxy_http_version 1.1; proxy_set_header Connection ""; } }\n`;
    await writeFile(join(this.#folder, "new.conf"), vhost);
    const check = ["-t", "-q", "-c", join(this.#folder, "check.conf"), "-p", this.#folder];
    const checked = await exec("nginx", check);
    if (checked.status !== 0) {
      throw new Error(checked.stderr);
    }
    await rename(join(this.#folder, "new.conf"), join(this.#folder, "apps/hand.conf"));
    process.kill(this.#master(), "SIGHUP");
  }

  /** Removes the containers before the newest: not part of what is measured. */
  async tidy(): Promise<void> {
    const old = this.#running.slice(0, -2);
    this.#running = this.#running.slice(-2);
    for (const id of old) {
      await callDocker("DELETE", `/containers/${id}?force=true`);
    }
  }

  async close(): Promise<void> {
    process.kill(this.#master(), "SIGTERM");
    for (const id of [...this.#running, ...(this.#spare === null ? [] : [this.#spare])]) {
      await callDocker("DELETE", `/containers/${id}?force=true`);
    }
    await callDocker("DELETE", `/networks/${this.#network}`);
    if (this.#image !== "") {
      await callDocker("DELETE", "/images/bench-hand:latest?force=true");
    }
  }

  #master(): number {
    return Number(readFileSync(join(this.#folder, "nginx.pid"), "utf8").trim());
  }

  #config(include: string, serves: boolean): string {
    const temp = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]
      .map((name) => `${name}_temp_path ${join(this.#folder, "temp")};`)
      .join(" ");
    return `pid ${join(this.#folder, serves ? "nginx.pid" : "check.pid")};
error_log ${join(this.#folder, "error.log")};
worker_processes auto;
events { worker_connections 4096; }
http { access_log off; ${temp} include ${join(this.#folder, include)};
${serves ? `server { listen 127.0.0.1:${this.httpPort} default_server; return 404; }` : ""} }\n`;
  }
}

/** Resolves when somebody accepts connections on port 80 of the address. */
export async function accepts(address: string): Promise<void> {
  for (;;) {
    const open = await new Promise<boolean>((resolve) => {
      const socket = connect(80, address);
      socket.once("connect", () => resolve(true)).once("error", () => resolve(false));
      socket.once("close", () => undefined);
      socket.once("connect", () => socket.destroy());
    });
    if (open) {
      return;
    }
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
}
