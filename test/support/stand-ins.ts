import { createHash } from "node:crypto";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { exec } from "./exec.ts";

const folder = join(import.meta.dirname, "stand-ins");
const label = "goku-test.stand-in";

/** Tags by stage of the Dockerfile: the names that people write. */
const tagsOf: Readonly<Record<string, readonly string[]>> = {
  adminer: ["adminer:latest", "adminer:4"],
  caddy: ["caddy:2-alpine"],
  gitea: ["gitea/gitea:1.22"],
  go: ["golang:1.22-alpine"],
  grafana: ["grafana/grafana:latest"],
  mariadb: ["mariadb:latest", "mariadb:11"],
  mc: ["minio/mc:latest"],
  minio: ["minio/minio:latest"],
  mongo: ["mongo:7"],
  mysql: ["mysql:8"],
  nginx: ["nginx:latest", "nginx:alpine", "nginx:1.27-alpine"],
  node: ["node:20-alpine", "node:20"],
  php: ["php:8-fpm", "php:8.3-fpm-alpine"],
  portainer: ["portainer/portainer-ce:latest"],
  postgres: ["postgres:16", "postgres:16-alpine", "postgres:latest"],
  prometheus: ["prom/prometheus:latest"],
  python: ["python:3.12-slim"],
  rabbitmq: ["rabbitmq:3-management"],
  redis: ["redis:7-alpine", "redis:alpine", "redis:latest"],
  ruby: ["ruby:3.3-slim"],
  traefik: ["traefik:v3.1"],
  umami: ["ghcr.io/umami-software/umami:postgresql-latest"],
  vaultwarden: ["vaultwarden/server:latest"],
  whoami: ["traefik/whoami:latest"],
  wordpress: ["wordpress:latest"],
};

/** Images made by busybox that answer to public names, as no registry can be asked. */
export interface StandIns {
  /** Takes away those that this call made. One that somebody else's container uses stays. */
  remove(): Promise<void>;
}

/**
 * Makes those that are missing or were made from other files.
 * @throws where a real image has one of the names: it would be asked to do what only a stand-in does
 */
export async function makeStandIns(): Promise<StandIns> {
  const content = await hashOfFolder();
  const present = await labelsOf(Object.values(tagsOf).flat());
  const real = [...present].filter(([, value]) => value === null).map(([tag]) => tag);
  if (real.length > 0) {
    throw new Error(`These images are real, and the tests need the names: ${real.join(", ")}`);
  }
  const stale = Object.entries(tagsOf).filter(([, tags]) =>
    tags.some((tag) => present.get(tag) !== content),
  );
  if (stale.length > 0) {
    await build(stale, content);
  }
  const made = stale.flatMap(([, tags]) => tags);
  return {
    async remove() {
      if (made.length > 0) {
        await exec("docker", ["rmi", ...made]);
      }
    },
  };
}

async function build(stages: readonly (readonly [string, readonly string[]])[], content: string) {
  const target = Object.fromEntries(
    stages.map(([stage, tags]) => [
      stage,
      {
        context: folder,
        target: stage,
        tags,
        labels: { [label]: content },
        output: ["type=docker"],
      },
    ]),
  );
  const bake = JSON.stringify({ group: { default: { targets: Object.keys(target) } }, target });
  const built = await exec("docker", ["buildx", "bake", "--progress=plain", "-f", "-"], {
    input: bake,
  });
  if (built.status !== 0) {
    throw new Error(`The stand-ins could not be built:\n${built.stderr}`);
  }
  // Those that had the names before.
  await exec("docker", ["image", "prune", "-f", "--filter", `label=${label}`]);
}

/** The label of each tag that is there; null where it has none. */
async function labelsOf(tags: readonly string[]): Promise<Map<string, string | null>> {
  const format = `{{json .RepoTags}}\t{{index .Config.Labels "${label}"}}`;
  const { stdout } = await exec("docker", ["image", "inspect", "--format", format, ...tags]);
  const lines = stdout.split("\n").filter((line) => line.trim() !== "");
  return new Map(
    lines.flatMap((line) => {
      const [names = "[]", value = ""] = line.split("\t");
      const wanted: string[] = JSON.parse(names);
      return wanted
        .filter((name) => tags.includes(name))
        .map((name): [string, string | null] => [name, value === "" ? null : value]);
    }),
  );
}

async function hashOfFolder(): Promise<string> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const paths = entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();
  const hash = createHash("sha256");
  for (const path of paths) {
    hash.update(path.slice(folder.length)).update(await readFile(path));
  }
  return hash.digest("hex").slice(0, 16);
}
