import { get } from "node:https";
import { reservedVars } from "../../../src/var.ts";
import type { LiveRelease } from "./records.ts";
import { bystander, bystanderPage, type Content, standingHosts, type World } from "./world.ts";

/** What the app is according to the records. */
export interface State {
  readonly live: LiveRelease | null;
  /** Of the live release; null for a commit that nobody pushed. */
  readonly content: Content | null;
  readonly isStopped: boolean;
}

export interface Seen {
  /** 0 where there was no answer. */
  readonly status: number;
  readonly body: string;
}

/** Hosts of apps that are gone, and those that a release no longer has: so many of the newest are asked. */
const mostGone = 6;

/** All that lead to the app now. */
export function dueHosts(world: World, { live }: Pick<State, "live">): string[] {
  const given = (live?.vars["DOMAINS"] ?? "").split(" ").filter((domain) => domain !== "");
  return live === null ? [] : [...standingHosts(world), ...given];
}

/** Every host shows its own app, whole, and those of nobody show nobody. */
export async function wrongAnswers(world: World, state: State): Promise<string[]> {
  const { subject, hosts } = world;
  const { live, content } = state;
  if (live === null && world.absent !== 404) {
    return [`${subject.app} has no live release`];
  }
  if (live !== null && content === null) {
    return [`v${live.version} of ${subject.app} is live, of a commit that nobody pushed`];
  }
  const due = dueHosts(world, state);
  standingHosts(world).forEach((host) => hosts.set(host, subject.app));
  due.forEach((host) => hosts.set(host, subject.app));
  const gone = [...hosts.keys()].filter((host) => !due.includes(host)).slice(-mostGone);
  const page = content?.page ?? "";
  const found = await Promise.all([
    ...due.map((host) => wrongHost(world, host, state.isStopped ? 503 : page)),
    ...gone.map((host) => wrongHost(world, host, 404)),
    ...[bystander, `${bystander}-main`].map((name) =>
      wrongHost(world, `${name}.${world.host.domain}`, bystanderPage),
    ),
    live !== null && isSecure(live) && !state.isStopped ? wrongSecurely(world, page) : [],
    live === null ? [] : wrongVars(world, live, state.isStopped),
  ]);
  return found.flat();
}

export function isSecure({ vars }: Pick<LiveRelease, "vars">): boolean {
  return vars["SSL_CERTIFICATE"] !== undefined;
}

/** @param due a page, or the status of an answer without one */
async function wrongHost(world: World, host: string, due: string | number): Promise<string[]> {
  const { status, body } = await look(world, host);
  const isRight = typeof due === "number" ? status === due : status === 200 && body === due;
  return isRight ? [] : [`${host} answers ${status} ${body.slice(0, 80)} instead of ${due}`];
}

async function wrongSecurely(world: World, page: string): Promise<string[]> {
  const [host = ""] = standingHosts(world);
  const { status, body } = await lookSecurely(world, host);
  return status === 200 && body === page
    ? []
    : [`https://${host} answers ${status} ${body.slice(0, 80)} instead of ${page}`];
}

/** The containers have what the live release has, and so has the store. */
async function wrongVars(world: World, live: LiveRelease, isStopped: boolean): Promise<string[]> {
  const { app } = world.subject;
  const [environment, all] = await Promise.all([
    world.host.see(world.subject.id, "/cgi-bin/env").catch(() => ({ body: "" })),
    world.storedVars(),
  ]);
  const stored = all[app] ?? {};
  const given = environment.body.split("\0");
  const isGiven = (key: string) => isStopped || given.includes(`${key}=${live.vars[key]}`);
  const missing = Object.keys(live.vars).filter((key) => !reservedVars.has(key) && !isGiven(key));
  const same = JSON.stringify(sorted(stored)) === JSON.stringify(sorted(live.vars));
  return [
    ...missing.map((key) => `${app} was not given ${key}=${live.vars[key]}`),
    ...(same
      ? []
      : [`stored: ${JSON.stringify(stored)}, of the live release: ${JSON.stringify(live.vars)}`]),
  ];
}

function sorted(vars: Readonly<Record<string, string>>): [string, string][] {
  return Object.entries(vars).sort(([one], [other]) => (one < other ? -1 : 1));
}

export async function look({ host }: World, name: string): Promise<Seen> {
  return host.ask(name).catch((error: Error) => ({ status: 0, body: error.message }));
}

/** By HTTPS, whoever signed the certificate. */
export function lookSecurely({ host }: World, name: string): Promise<Seen> {
  const [address, port] = host.env["GOKU_HTTPS"]?.split(":") ?? [];
  const of = { servername: name, headers: { host: name }, rejectUnauthorized: false, agent: false };
  return new Promise((done) => {
    const failed = (error: Error) => done({ status: 0, body: error.message });
    const request = get({ host: address, port, ...of }, (response) => {
      let body = "";
      response.setEncoding("utf8").on("data", (chunk: string) => {
        body += chunk;
      });
      response.once("error", failed);
      response.once("end", () => done({ status: response.statusCode ?? 0, body }));
    });
    request.once("error", failed);
  });
}
