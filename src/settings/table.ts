import { listen, serverUrl, subnet } from "./addresses.ts";
import { domainAt, lastingAddress, type Machine } from "./machine.ts";
import { domain, folder, keyPrefix, label, registry, socket } from "./names.ts";
import {
  cpus,
  duration,
  oneOf,
  optional,
  type Schema,
  secret,
  size,
  wholeNumber,
} from "./schemas.ts";
import { policies, type Settings } from "./settings.ts";

/** One row: how a setting is called, read and explained. */
export interface Setting<T> {
  /** In goku.toml; the variable is `GOKU_` and this in capitals. */
  readonly key: string;
  readonly schema: Schema<T>;
  /** As it would be written; null for no value. */
  readonly fallback: string | null | ((machine: Machine) => string);
  /** The default in the README, where it depends on the machine. */
  readonly shown?: string;
  readonly meaning: string;
}

export type SettingsTable = { readonly [P in keyof Settings]: Setting<Settings[P]> };

/** Every setting there is, in the order of the README. */
export const table: SettingsTable = {
  data: {
    key: "data",
    schema: folder,
    fallback: "/var/lib/goku",
    meaning: "Everything Goku owns; its control socket is `goku.sock` in it",
  },
  instance: {
    key: "instance",
    schema: label,
    fallback: "goku",
    meaning:
      "Label of everything Goku makes in Docker, and prefix of its names there when it is not `goku`; several Gokus can share one Docker",
  },
  domain: {
    key: "domain",
    schema: domain,
    fallback: (machine) => domainAt(lastingAddress(machine)),
    shown: "`<public ip>.sslip.io`",
    meaning: "Suffix of app host names: `blog.<domain>`",
  },
  http: {
    key: "http",
    schema: listen,
    fallback: "0.0.0.0:80",
    meaning: "Where nginx listens for HTTP",
  },
  https: {
    key: "https",
    schema: listen,
    fallback: "0.0.0.0:443",
    meaning: "Where nginx listens for HTTPS",
  },
  web: {
    key: "web",
    schema: listen,
    fallback: "127.0.0.1:8080",
    meaning: "API and git over HTTP; nginx serves them as `goku.<domain>` as well",
  },
  ssh: {
    key: "ssh",
    schema: optional(listen, "off"),
    fallback: "0.0.0.0:2222",
    meaning: "The SSH server Goku runs; `off` for none",
  },
  consul: {
    key: "consul",
    schema: optional(serverUrl, "none"),
    fallback: null,
    meaning:
      "Address of Consul, as in `http://127.0.0.1:8500`; without one, config vars live in Goku's own database",
  },
  consulToken: {
    key: "consul_token",
    schema: optional(secret, "none"),
    fallback: null,
    meaning: "Token for Consul",
  },
  consulPrefix: {
    key: "consul_prefix",
    schema: keyPrefix,
    fallback: "goku",
    meaning: "Folder of the config vars in Consul; `octohost` reads an existing octohost's",
  },
  subnet: {
    key: "subnet",
    schema: subnet,
    fallback: "10.213.0.0/16",
    meaning:
      "Private network that the apps' containers and the networks of compose projects get their addresses from, `/16` to `/22`",
  },
  registry: {
    key: "registry",
    schema: optional(registry, "none"),
    fallback: null,
    meaning: "Private registry that images are pushed to, as in `registry.example.org/team`",
  },
  dockerSocket: {
    key: "docker",
    schema: socket,
    fallback: "unix:///var/run/docker.sock",
    meaning: "Socket that Docker listens on",
  },
  deadlineMs: {
    key: "deadline",
    schema: duration(1),
    fallback: "60s",
    meaning: "How long a new release may take to become healthy",
  },
  drainMs: {
    key: "drain",
    schema: duration(0),
    fallback: "30s",
    meaning: "How long requests in flight may go on in the old release",
  },
  stopMs: {
    key: "stop",
    schema: duration(0),
    fallback: "30s",
    meaning: "How long a container may take to end after SIGTERM, at most 10 minutes",
  },
  buildTimeoutMs: {
    key: "build_timeout",
    schema: duration(1),
    fallback: "20m",
    meaning: "How long a build or a release command may take",
  },
  buildCpus: {
    key: "build_cpus",
    schema: cpus,
    // The other half is for the apps. Below a whole core a build would crawl on an idle machine, and the
    // kernel shares one core out fairly between build and apps.
    fallback: ({ cores }) => String(Math.max(1, cores / 2)),
    shown: "half the cores, at least 1",
    meaning: "CPUs that all builds together may use, on as many cores",
  },
  buildMemory: {
    key: "build_memory",
    schema: size,
    fallback: ({ memory }) => `${Math.floor(memory / 2 / 2 ** 20)}m`,
    shown: "half the memory",
    meaning: "Memory that all builds together may use",
  },
  buildDiskFloor: {
    key: "build_disk_floor",
    schema: size,
    fallback: "1g",
    meaning:
      "What has to be free on Docker's disk for a build to start and to go on; a push leaves as much on Goku's own, or a tenth of it",
  },
  buildCache: {
    key: "build_cache",
    schema: size,
    fallback: "10g",
    meaning:
      "What Docker's build cache may keep; a minute after a build the least recently used of it goes",
  },
  parallelDeploys: {
    key: "parallel_deploys",
    schema: wholeNumber(1),
    // Much of a deploy is waiting: for the disk, for a registry, for the app to answer.
    fallback: ({ cores }) => String(Math.max(2, cores)),
    shown: "one a core, at least 2",
    meaning:
      "Deploys that may run at one time, each of another app; changes without a build have as many places again",
  },
  policy: {
    key: "policy",
    schema: oneOf(policies),
    fallback: "lenient",
    meaning:
      "`lenient`: what an app asks of the server refuses deployers and warns admins; `strict`: it refuses both",
  },
  keepImages: {
    key: "keep_images",
    schema: wholeNumber(1),
    fallback: "5",
    meaning: "Images kept of each app, to roll back to",
  },
  keepReleases: {
    key: "keep_releases",
    schema: wholeNumber(1),
    fallback: "50",
    meaning: "Releases of each app that are remembered",
  },
  logLevel: {
    key: "log_level",
    schema: oneOf(["trace", "debug", "info", "warn", "error", "fatal", "silent"]),
    fallback: "info",
    meaning: "The least important lines that are logged",
  },
};

/** A row and the name of its value in `Settings`. */
export interface SettingRow extends Setting<unknown> {
  readonly property: string;
}

/** The rows, for those who treat all alike. */
export const settingRows: readonly SettingRow[] = Object.entries(table).map(([property, setting]) =>
  Object.assign({ property }, setting),
);

export function environmentName(key: string): string {
  return `GOKU_${key.toUpperCase()}`;
}
