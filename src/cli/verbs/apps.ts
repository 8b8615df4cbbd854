import type {
  AppAnswer,
  AppStatus,
  ContainerAnswer,
  InfoAnswer,
  ServiceStatus,
} from "../../web/answers.ts";
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
      ["status", { painted: `${statusWord(app, view)}, ${containerCount(app)}` }],
      ...(app.status === "down" ? [["", `to have it made anew: octo restart ${app.name}`]] : []),
      ...app.services.map((service, at) => [at === 0 ? "services" : "", serviceLine(service)]),
      ["release", releaseLine(app)],
      ...app.domains.map((domain, at) => [at === 0 ? "domains" : "", domain]),
    ]),
});

export const ps = command<ContainerAnswer[]>({
  example: "octo ps blog",
  parse: ([app]) => ({ app }),
  print: (containers) => {
    const isProject = containers.some(({ service }) => service !== null);
    return columns(
      containers.map((container) => [
        ...(isProject ? [container.service ?? "-"] : []),
        container.name,
        container.version === null ? "-" : `v${container.version}`,
        `${stateWord(container)}${restartsOf(container)}`,
        container.address ?? "-",
        shortImage(container.image),
        time(container.createdAt),
      ]),
    );
  },
  note: (containers) => (containers.length === 0 ? "No containers run.\n" : ""),
});

function stateWord({ state, exitStatus, leaving }: ContainerAnswer): string {
  if (state === "exited") {
    return exitStatus === null ? "down" : `exited (${exitStatus})`;
  }
  return state === "running" ? (leaving ? "leaving" : "up") : state;
}

function restartsOf({ restarts }: ContainerAnswer): string {
  return restarts === 0 ? "" : `, restarted ${restarts === 1 ? "once" : `${restarts} times`}`;
}

/** As docker prints ids. */
function shortImage(image: string): string {
  return image.replace(/^sha256:/, "").slice(0, 12);
}

/** octohost's words, and ours for what it had none for. */
const words: Readonly<Record<AppStatus["status"], string>> = {
  up: "OK",
  down: "DOWN",
  restarting: "RESTARTING",
  stopped: "STOPPED",
  deploying: "DEPLOYING",
  none: "NEVER DEPLOYED",
};

function statusWord({ status: state }: AppStatus, { color }: View): string {
  const hue = state === "up" ? 32 : state === "down" || state === "restarting" ? 31 : 33;
  return color ? `\u001B[${hue}m${words[state]}\u001B[0m` : words[state];
}

function containerCount({ replicas, scale, services }: AppStatus): string {
  if (services.length === 0) {
    return countOf(replicas.filter((replica) => replica.running).length, scale);
  }
  const due = services.filter(({ runs }) => runs === "always");
  const sum = (counts: readonly number[]) => counts.reduce((total, count) => total + count, 0);
  return countOf(sum(due.map(({ running }) => running)), sum(due.map(({ scale: all }) => all)));
}

function countOf(running: number, scale: number): string {
  return `${running} of ${scale} containers`;
}

function serviceLine({ name, running, scale, runs }: ServiceStatus): string {
  return runs === "always" ? `${name}: ${running} of ${scale}` : `${name}: runs until it is done`;
}

function releaseLine({ release }: InfoAnswer): string {
  return release === null
    ? "none yet"
    : `v${release.version} of ${shortCommit(release.revision)}, ${time(release.createdAt)}, ${release.reason} by ${release.by}`;
}
