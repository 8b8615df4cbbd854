import { randomBytes } from "node:crypto";
import { cp, mkdtemp, readFile, realpath, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join, relative, resolve } from "node:path";
import { type Ended, exec, must } from "../support/exec.ts";

const checkout = resolve(import.meta.dirname, "../..");
const imageOfDebian = "goku-test/debian:bookworm";

/** What a checkout has that is not in git. */
const left = new Set(["node_modules", ".git", "dist", "coverage"]);

/** Arguments of `docker run` with which a container may run Docker, or systemd. */
const dockerInDocker = [
  "--cap-add=ALL",
  "--security-opt=seccomp=unconfined",
  "--security-opt=apparmor=unconfined",
  "--security-opt=systempaths=unconfined",
  "--cgroupns=host",
  "--volume=/sys/fs/cgroup:/sys/fs/cgroup",
  "--volume=/var/lib/docker",
  "--tmpfs=/run",
  "--tmpfs=/tmp:exec",
  "--env=container=docker",
];

export interface DebianOptions {
  /** What is process 1: systemd, or something that only collects dead processes. */
  readonly systemd: boolean;
  readonly image?: string;
}

/** A Debian 12 of the test's own, as a container that may run Docker; there is nothing on it but Node and a checkout. */
export class Debian {
  readonly name: string;

  private constructor(name: string) {
    this.name = name;
  }

  static async start({ systemd, image = imageOfDebian }: DebianOptions): Promise<Debian> {
    if (image === imageOfDebian) {
      await must(exec(join(import.meta.dirname, "debian-image.sh"), []));
    }
    const debian = new Debian(`goku-test-install-${randomBytes(4).toString("hex")}`);
    // On a network of its own nobody takes its address while it restarts.
    await must(exec("docker", ["network", "create", debian.name]));
    try {
      const options = [...dockerInDocker, ...(await nodeOfThisMachine())];
      const names = ["--name", debian.name, "--network", debian.name];
      const rest = systemd ? [image, "/sbin/init"] : ["--init", image, "sleep", "infinity"];
      await must(exec("docker", ["run", "-d", ...names, ...options, ...rest]));
      await debian.sh("ln -s ../lib/node_modules/npm/bin/npm-cli.js /usr/local/bin/npm");
      await debian.#copyCheckout();
      await debian.#provideSqlite();
    } catch (error) {
      await debian.destroy();
      throw error;
    }
    return debian;
  }

  /** Runs a shell command to its end. */
  sh(command: string): Promise<Ended> {
    return exec("docker", ["exec", this.name, "sh", "-c", command]);
  }

  /** Runs a shell command that has to succeed. @returns what it printed */
  async must(command: string): Promise<string> {
    return (await must(this.sh(command))).stdout;
  }

  install(...args: string[]): Promise<Ended> {
    return this.sh(`/root/goku/install.sh ${args.join(" ")} 2>&1`);
  }

  async address(): Promise<string> {
    const format = "{{range .NetworkSettings.Networks}}{{.IPAddress}}{{end}}";
    return (await must(exec("docker", ["inspect", "-f", format, this.name]))).stdout.trim();
  }

  /** Every process in it but this question's own, as `ID COMMAND LINE`. */
  async processes(): Promise<string[]> {
    const lines = await this.must(
      `for each in /proc/[0-9]*; do echo "\${each#/proc/} $(tr '\\0' ' ' 2>/dev/null <$each/cmdline)"; done`,
    );
    return lines.split("\n").filter((line) => !line.includes("cmdline"));
  }

  async restart(): Promise<void> {
    await must(exec("docker", ["restart", this.name]));
  }

  /** Keeps what is on it as an image; what is in Docker there is not part of it. */
  async keepAs(image: string): Promise<void> {
    await must(exec("docker", ["commit", this.name, image]));
  }

  async destroy(): Promise<void> {
    await exec("docker", ["rm", "-f", "-v", this.name]);
    await exec("docker", ["network", "rm", this.name]);
  }

  async #copyCheckout(): Promise<void> {
    const folder = await mkdtemp(join(tmpdir(), "goku-install-"));
    try {
      await cp(checkout, join(folder, "goku"), {
        recursive: true,
        filter: (path) => !left.has(relative(checkout, path)),
      });
      await this.sh("rm -rf /root/goku");
      await must(exec("docker", ["cp", "-q", join(folder, "goku"), `${this.name}:/root`]));
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  }

  /** Compiling it takes a minute; this machine did so already, and here it comes as a ready-made one would. */
  async #provideSqlite(): Promise<void> {
    const folder = join(checkout, "node_modules/better-sqlite3");
    const manifest = await readFile(join(folder, "package.json"), "utf8");
    const version = /"version": "([^"]+)"/.exec(manifest)?.[1];
    const { versions, platform, arch } = process;
    const file = `better-sqlite3-v${version}-node-v${versions.modules}-${platform}-${arch}.tar.gz`;
    const archive = join(await mkdtemp(join(tmpdir(), "goku-sqlite-")), file);
    try {
      const binding = "build/Release/better_sqlite3.node";
      await must(exec("tar", ["-C", folder, "-czf", archive, binding]));
      await this.must("mkdir -p /opt/prebuilt");
      await must(exec("docker", ["cp", "-q", archive, `${this.name}:/opt/prebuilt/`]));
    } finally {
      await rm(dirname(archive), { recursive: true });
    }
  }
}

/** Node, npm and what they need to reach this machine's registry, as arguments of `docker run`. */
async function nodeOfThisMachine(): Promise<string[]> {
  const npm = await realpath((await must(exec("which", ["npm"]))).stdout.trim());
  const registry = (await must(exec("npm", ["config", "get", "registry"]))).stdout.trim();
  const authorities = "/etc/ssl/certs/ca-certificates.crt";
  const mounts = [
    `${process.execPath}:/usr/local/bin/node:ro`,
    `${resolve(npm, "../..")}:/usr/local/lib/node_modules/npm:ro`,
    `${authorities}:/usr/local/share/authorities.crt:ro`,
  ];
  const variables = [
    "NODE_EXTRA_CA_CERTS=/usr/local/share/authorities.crt",
    `npm_config_registry=${registry}`,
    "npm_config_better_sqlite3_local_prebuilds=/opt/prebuilt",
  ];
  return [
    ...mounts.flatMap((mount) => ["-v", mount]),
    ...variables.flatMap((each) => ["-e", each]),
  ];
}
