import type { AppStatus } from "../../web/answers.ts";
import type { Replica } from "../../ports.ts";
import type { AppAnswer, InfoAnswer } from "../../web/answers.ts";
import { shortCommit } from "../../revision.ts";
import { columns, lines, time } from "../columns.ts";
import { command, type View } from "../command.ts";

const noApps = (all: readonly unknown[]) =>
  all.length === 0 ? "There are no apps yet; the first push makes one: git push goku main\n" : "";

export const apps = command<AppAnswer[]>({
  example: "octo apps",
  parse: () => ({}),
  print: (all) =>
    columns(
      all.map(({ name, version, commit, repository, branch, domains }) => [
        name,
        version === null ? "-" : `v${version}`,
        commit === null ? "-" : shortCommit(commit),
        `${repository} ${branch}`,
        domains[0] ?? "-",
      ]),
    ),
  note: noApps,
});

export const status = command<AppStatus | AppStatus[]>({
  example: "octo status blog",
  parse: ([app]) => (app === undefined ? {} : { app }),
  print: (answer, view) =>
    lines([answer].flat().map((app) => `${app.name}: ${statusWord(app, view)}`)),
  note: (answer) => noApps([answer].flat()),
});

export const info = command<InfoAnswer>({
  example: "octo info blog",
  parse: ([app]) => ({ app }),
  print: (app, view) =>
    columns([
      ["app", app.name === app.id ? app.name : `${app.name} (${app.id} in Docker)`],
      ["source", `repository ${app.repository}, branch ${app.branch}`],
      ["status", `${statusWord(app, view)}, ${containers(app)}`],
      ["release", releaseLine(app)],
      ...app.domains.map((domain, at) => [at === 0 ? "domains" : "", domain]),
    ]),
});

export const ps = command<Replica[]>({
  example: "octo ps blog",
  parse: ([app]) => ({ app }),
  print: (replicas) =>
    columns(
      replicas.map(({ name, version, running, address, createdAt }) => [
        name,
        `v${version}`,
        running ? "up" : "down",
        address ?? "-",
        time(createdAt),
      ]),
    ),
  note: (replicas) => (replicas.length === 0 ? "No containers run.\n" : ""),
});

/** octohost's words, and ours for what it had none for. */
const words: Readonly<Record<AppStatus["status"], string>> = {
  up: "OK",
  down: "DOWN",
  stopped: "STOPPED",
  deploying: "DEPLOYING",
  none: "NEVER DEPLOYED",
};

function statusWord({ status: state }: AppStatus, { color }: View): string {
  const hue = state === "up" ? 32 : state === "down" ? 31 : 33;
  return color ? `\u001B[${hue}m${words[state]}\u001B[0m` : words[state];
}

function containers({ replicas, scale }: AppStatus): string {
  const running = replicas.filter((replica) => replica.running).length;
  return `${running} of ${scale} containers`;
}

function releaseLine({ release }: InfoAnswer): string {
  return release === null
    ? "none yet"
    : `v${release.version} of ${shortCommit(release.revision)}, ${time(release.createdAt)}, ${release.reason} by ${release.by}`;
}
