import type { Finding } from "./service.ts";

/** What callers branch on; each code has its exit status and its line in docs/errors.md. */
export type ErrorCode =
  | "usage"
  | "refused"
  | "not-found"
  | "conflict"
  | "unauthorized"
  | "build-failed"
  | "unhealthy"
  | "unavailable"
  | "cancelled"
  | "superseded"
  | "internal";

const httpStatus: Record<ErrorCode, number> = {
  usage: 400,
  refused: 403,
  "not-found": 404,
  conflict: 409,
  unauthorized: 401,
  "build-failed": 422,
  unhealthy: 422,
  unavailable: 503,
  cancelled: 409,
  superseded: 409,
  internal: 500,
};

export interface ErrorParts {
  readonly code: ErrorCode;
  /** HTTP status, where the code's own is not the one that clients heed. */
  readonly status?: number;
  /** What happened and why: one sentence in the user's words. */
  readonly message: string;
  /** What to do about it: the exact next command where there is one. */
  readonly hint?: string | undefined;
  /** Lines that show it: the probe's answer, the last lines of a log. */
  readonly details?: readonly string[] | undefined;
  readonly cause?: unknown;
}

/** The one error that users see. Anything else that is thrown is a bug of Goku's. */
export class GokuError extends Error {
  readonly code: ErrorCode;
  /** HTTP status of an answer that carries this error. */
  readonly status: number;
  readonly hint: string | undefined;
  readonly details: readonly string[];

  constructor(parts: ErrorParts) {
    super(parts.message, { cause: parts.cause });
    this.name = "GokuError";
    this.code = parts.code;
    this.status = parts.status ?? httpStatus[parts.code];
    this.hint = parts.hint;
    this.details = parts.details ?? [];
  }

  /** Exit status of a command that ends with it: 2 for wrong usage, 1 for everything else. */
  get exitStatus(): number {
    return this.code === "usage" ? 2 : 1;
  }
}

export function isGokuError(error: unknown): error is GokuError {
  return error instanceof GokuError;
}

/** The sentence of any error, for logs and for messages that wrap it. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

export const usage = (message: string, hint?: string) =>
  new GokuError({ code: "usage", message, hint });

export const badRepositoryName = (name: string) =>
  new GokuError({
    code: "refused",
    message: `"${name.slice(0, 80)}" cannot be a repository name.`,
    hint: "Use letters, digits, dots, dashes and underscores, at most 63, beginning and ending with a letter or digit: blog, my-shop, example.org. The name goku is taken.",
  });

export const badAppName = (name: string) =>
  new GokuError({
    code: "usage",
    message: `"${name.slice(0, 80)}" cannot be the name of an app.`,
    hint: "An app's name has lower-case letters, digits and dashes, at most 63. See them all: octo apps",
  });

export const nameTaken = (name: string, wanted: string, owner: string) =>
  new GokuError({
    code: "conflict",
    message: `${wanted} would be called "${name}", and that is already the name of ${owner}.`,
    hint: "Push under another repository or branch name.",
  });

export const noSuchApp = (name: string, nearest: string | null) =>
  new GokuError({
    code: "not-found",
    message: `There is no app "${name}".`,
    hint: nearest === null ? "See them all: octo apps" : `Did you mean ${nearest}?`,
  });

export const noSuchRelease = (app: string, version: number | null) =>
  new GokuError({
    code: "not-found",
    message:
      version === null
        ? `${app} has no earlier release to go back to.`
        : `${app} has no release v${version}.`,
    hint: `See its releases: octo releases ${app}`,
  });

export const notAllowed = (who: string, what: string) =>
  new GokuError({
    code: "refused",
    message: `${who} may not ${what}.`,
    hint: "Ask an admin of this server for the right. Admins see who has which: octo keys:list",
  });

export const unauthorized = () =>
  new GokuError({
    code: "unauthorized",
    message: "This needs a user name and a token.",
    hint: "Make a token on the server: octo tokens:add NAME",
  });

export const wrongToken = () =>
  new GokuError({
    code: "unauthorized",
    message: "This token is wrong, or it is not that user's.",
    hint: "See whose tokens there are (octo tokens:list), and make a new one: octo tokens:add NAME",
  });

export const nothingToBuild = (looked: string) =>
  new GokuError({
    code: "refused",
    message: `There is nothing to build: the tree has no ${looked} at its top.`,
    hint: "Add a Dockerfile at the top of the repository, commit it and push again.",
  });

export const badProject = (message: string, hint: string) =>
  new GokuError({ code: "refused", message, hint });

/** Each finding with the command that allows it, and all of them in one at the end. */
export const againstPolicy = (app: string, findings: readonly Finding[]) => {
  const kinds = [...new Set(findings.map(({ kind }) => kind))];
  return new GokuError({
    code: "refused",
    message: `${app} asks more of the server than it is allowed.`,
    hint: `Take it out, or have an admin of this server allow it: octo policy:allow ${app} ${kinds.join(" ")}`,
    details: findings.map(({ kind, text }) => `${text} (octo policy:allow ${app} ${kind})`),
  });
};

export const notPushedYet = (app: string, nearest: string | null) =>
  new GokuError({
    code: "not-found",
    message: `There is no app "${app}" yet.`,
    hint:
      nearest === null
        ? "Push it first: a push that is refused makes it known, too, and says what it asks for."
        : `Did you mean ${nearest}?`,
  });

export const buildFailed = (message: string, details: readonly string[], hint?: string) =>
  new GokuError({ code: "build-failed", message, details, hint });

/** @param app who wants it */
export const domainTaken = (domain: string, owner: string, app: string) =>
  new GokuError({
    code: "conflict",
    message: `The domain ${domain} belongs to the app ${owner}.`,
    hint: `Take it from there first: octo domains:rm ${owner} ${domain}; or, where ${app} was given it before, do without it there: octo domains:rm ${app} ${domain}`,
  });

export const ownHostTaken = (domain: string, owner: string) =>
  new GokuError({
    code: "conflict",
    message: `The domain ${domain} is the own host name of the app ${owner}.`,
    hint: `Choose another one: that one is ${owner}'s as long as there is such an app.`,
  });

export const domainReserved = (domain: string) =>
  new GokuError({
    code: "conflict",
    message: `The domain ${domain} is Goku's own.`,
    hint: "Choose another one.",
  });

export const unhealthy = (message: string, details: readonly string[], hint?: string) =>
  new GokuError({ code: "unhealthy", message, details, hint });

export const dockerUnavailable = (cause: unknown) =>
  new GokuError({
    code: "unavailable",
    message: `Docker does not answer: ${messageOf(cause)}.`,
    hint: "Start it (systemctl start docker) and run the same command again.",
    cause,
  });

export const removalUnfinished = (container: string, afterMs: number, cause: unknown) =>
  new GokuError({
    code: "unavailable",
    message: `Docker was removing the container ${container} already, and had not ended after ${afterMs / 1000} s.`,
    hint: `See what holds it: docker inspect ${container}, journalctl -u docker. Often that is a network mount whose server is gone.`,
    cause,
  });

export const removalGoesOn = (app: string, cause: unknown) =>
  new GokuError({
    code: "unavailable",
    message: `${app} is off the air, and not all of it could be taken away: ${messageOf(cause)}`,
    hint: "Goku goes on with that by itself, as soon as it can.",
    cause,
  });

export const beingRemoved = (app: string, branch: string) =>
  new GokuError({
    code: "conflict",
    message: `${app} is being removed: it is off the air, and what is left of it goes as soon as it can.`,
    hint: `To have it back, push it: git push goku ${branch}`,
  });

export const consulUnavailable = (address: string, cause: unknown) =>
  new GokuError({
    code: "unavailable",
    message: `Consul at ${address} does not answer: ${messageOf(cause)}.`,
    hint: "Start Consul or correct the setting `consul`, and run the same command again.",
    cause,
  });

export const nginxFailed = (message: string, details: readonly string[] = [], cause?: unknown) =>
  new GokuError({ code: "unavailable", message, details, cause });

export const superseded = (by: string) =>
  new GokuError({
    code: "superseded",
    message: `A newer push of this branch (${by}) took its place.`,
  });

export const cancelled = (why: string) =>
  new GokuError({ code: "cancelled", message: `The deploy was cancelled: ${why}.` });

/** A stray colon of `git push goku :main` would take the site away. */
export const defaultBranchStays = (app: string, branch: string) =>
  new GokuError({
    code: "refused",
    message: `${branch} is the default branch, and a push does not delete it: ${app} would be gone, with its config vars and history.`,
    hint: `If that is what you want: octo remove ${app}`,
  });

export const refMoved = (branch: string, now: string | null) =>
  new GokuError({
    code: "conflict",
    message: `The branch ${branch} moved meanwhile: it now stands at ${now ?? "nothing"}.`,
    hint: "Fetch, merge and push again.",
  });

export const keyIsGone = (name: string) =>
  new GokuError({
    code: "unauthorized",
    message: `The key ${name} is no longer known to this server.`,
    hint: "Ask an admin to add it again: octo keys:add NAME < key.pub",
  });

export const badPublicKey = (message: string, hint: string) =>
  new GokuError({ code: "refused", message, hint });

export const noSuchKey = (name: string, nearest: string | null) =>
  new GokuError({
    code: "not-found",
    message: `There is no key "${name}".`,
    hint: nearest === null ? "See them all: octo keys:list" : `Did you mean ${nearest}?`,
  });

export const noSuchToken = (name: string, nearest: string | null) =>
  new GokuError({
    code: "not-found",
    message: `There is no token "${name}".`,
    hint: nearest === null ? "See them all: octo tokens:list" : `Did you mean ${nearest}?`,
  });

export const noSuchVar = (app: string, key: string, nearest: string | null) =>
  new GokuError({
    code: "not-found",
    message: `${app} has no config var ${key}.`,
    hint: nearest === null ? `See those it has: octo config ${app}` : `Did you mean ${nearest}?`,
  });

export const noSuchDomain = (app: string, domain: string, nearest: string | null) =>
  new GokuError({
    code: "not-found",
    message: `${app} does not have the domain ${domain.slice(0, 253)}.`,
    hint: nearest === null ? `See those it has: octo domains ${app}` : `Did you mean ${nearest}?`,
  });

/** `whence` is the end of a sentence. */
export const domainStays = (domain: string, whence: string, hint: string) =>
  new GokuError({
    code: "refused",
    message: `The domain ${domain} cannot be taken away here, since it ${whence}.`,
    hint,
  });

export const noSuchVerb = (verb: string, nearest: string | null) =>
  new GokuError({
    code: "usage",
    message: `There is no verb "${verb.slice(0, 80)}".`,
    hint: nearest === null ? "See them all: octo help" : `Did you mean ${nearest}?`,
  });

export const nothingToCancel = (app: string) =>
  new GokuError({
    code: "conflict",
    message: `${app} has no deploy that can be cancelled: none is waiting or on its way to publish.`,
    hint: `See what it did last: octo releases ${app}`,
  });

export const tooManyAttempts = () =>
  new GokuError({
    code: "refused",
    status: 429,
    message: "Too many wrong tokens came from this address.",
    hint: "Wait a few minutes, and check the name and token: octo tokens:list",
  });

export const tooManyGits = (caller: string, most: number) =>
  new GokuError({
    code: "unavailable",
    message: `${caller} has ${most} pushes and fetches on their way, and nobody may have more at one time.`,
    hint: "Try again when some of them have ended. Whoever shares a key or token can have one of their own: octo keys:add NAME, octo tokens:add NAME",
  });

export const tooManyVerbs = (caller: string, most: number) =>
  new GokuError({
    code: "unavailable",
    message: `${caller} has ${most} commands of octo's running over SSH, and nobody may have more at one time.`,
    hint: "Try again when some of them have ended, as logs that are followed do with Ctrl-C. Whoever shares a key can have one of their own: octo keys:add NAME",
  });

export const daemonNotRunning = (socket: string, systemd: boolean, cause: unknown) =>
  new GokuError({
    code: "unavailable",
    message: `Goku is not running: nothing answers on ${socket}.`,
    hint: `Start it (${systemd ? "systemctl start goku" : "./install.sh host in its clone"}, or goku serve), or set GOKU_DATA to the folder of the one that runs. For one on another machine: octo -H ssh://git@HOST:2222 ...`,
    cause,
  });

export const socketForbidden = (socket: string, cause: unknown) =>
  new GokuError({
    code: "refused",
    message: `This user may not command Goku: ${socket} is closed to it.`,
    hint: "Run it as root (sudo octo ...), or by SSH with a key of yours: octo -H ssh://git@localhost:2222 ...",
    cause,
  });

export const connectionLost = (verb: string, app: string | null, cause: unknown) =>
  new GokuError({
    code: "unavailable",
    message: `Goku stopped answering in the middle of ${verb}; what was serving still is.`,
    hint: `See how it ended: octo status${app === null ? "" : `, and octo releases ${app}`}. Then run the same command again.`,
    cause,
  });

export const socketInUse = (socket: string) =>
  new GokuError({
    code: "conflict",
    message: `Another Goku answers on ${socket} already.`,
    hint: "Stop that one first, or give this one a folder of its own: GOKU_DATA=/srv/other goku serve",
  });

export const portInUse = (address: string, cause: unknown) =>
  new GokuError({
    code: "conflict",
    message: `${address} is taken by another program.`,
    hint: `See which: ss -ltnp "sport = :${address.slice(address.lastIndexOf(":") + 1)}". Stop it, or set GOKU_WEB to another address.`,
    cause,
  });

/** `reason` is as in `listen EADDRNOTAVAIL: address not available 192.0.2.1:8080`. */
export const addressNotHere = (address: string, reason: string, cause: unknown) =>
  new GokuError({
    code: "unavailable",
    message: `Goku cannot listen on ${address}: ${reason}.`,
    hint: "See this machine's addresses (ip address), and set `web` (GOKU_WEB) to one of them.",
    cause,
  });

/** A bug: the reference leads to the stack in the log. */
export const internalError = (reference: string) =>
  new GokuError({
    code: "internal",
    message: `Something in Goku broke (reference ${reference}).`,
    hint: `What happened is in its log: journalctl -u goku | grep ${reference} (without systemd: grep ${reference} /var/log/goku/goku.log)`,
  });

export const consulRefused = (address: string, token: "none" | "given", reason: string) =>
  new GokuError({
    code: "unavailable",
    message:
      token === "given"
        ? `Consul at ${address} refused the token in the setting \`consul_token\`: ${reason}.`
        : `Consul at ${address} wants a token, and the setting \`consul_token\` holds none: ${reason}.`,
    hint: "Put a token that may read and write the keys and services of Goku into `consul_token` (GOKU_CONSUL_TOKEN), and start Goku again.",
  });

export const consulDeclined = (address: string, reason: string) =>
  new GokuError({
    code: "refused",
    message: `Consul at ${address} did not accept this: ${reason}.`,
  });

export const tooManyVars = (app: string, changed: number, most: number) =>
  new GokuError({
    code: "refused",
    message: `${changed} vars of ${app} would change at once, and Consul changes at most ${most} in one transaction.`,
    hint: "Nothing was changed. Set them in several commands, all but the last with --no-restart.",
  });

export const varsTooLarge = (app: string, bytes: number) =>
  new GokuError({
    code: "refused",
    message: `The changed vars of ${app} have ${bytes} bytes together, more than Consul takes in one transaction (txn_max_req_len, which counts them as base64 and is 512 KiB unless set).`,
    hint: "Nothing was changed. Set them in several commands, all but the last with --no-restart.",
  });

export const nameInUse = (kind: "key" | "token", name: string) =>
  new GokuError({
    code: "conflict",
    message: `There is a ${kind} called "${name}" already.`,
    hint: `Choose another name, or remove it first: octo ${kind}s:rm ${name}`,
  });

export const keyKnown = (fingerprint: string, name: string) =>
  new GokuError({
    code: "conflict",
    message: `The key ${fingerprint} is here already: it is called "${name}".`,
    hint: `To give it other rights, remove it first: octo keys:rm ${name}`,
  });

export const storeTooNew = (path: string, version: number, known: number) =>
  new GokuError({
    code: "unavailable",
    message: `The database ${path} was written by a newer Goku (its version is ${version}, this Goku knows ${known}).`,
    hint: `Install the newer Goku again, or go back to the database from before the upgrade, which lacks what came since: cp ${path}.v${known} ${path} && rm -f ${path}-wal ${path}-shm`,
  });

export const storeUnusable = (path: string, cause: unknown) =>
  new GokuError({
    code: "unavailable",
    message: `The database ${path} cannot be used: ${messageOf(cause)}.`,
    hint: "Look at its owner, its mode and the space on its disk, or put back a copy.",
    cause,
  });

/** @param cause what Node said: in its first sentence the reason, in further ones advice that does not fit here */
export const sqliteDoesNotLoad = (nodeVersion: string, cause: unknown) =>
  new GokuError({
    code: "unavailable",
    message: `SQLite does not load in Node ${nodeVersion}: ${messageOf(cause).replaceAll("\n", " ").replace(/\. .*/, "")}.`,
    hint: "If Node was upgraded, have SQLite built for it, in a clone of Goku's repository: ./install.sh host",
    cause,
  });

export const notOnDisk = (cause: unknown) =>
  new GokuError({
    code: "unavailable",
    message: `This is done, but the disk has not confirmed it, so a power cut may undo it: ${messageOf(cause)}.`,
    hint: "See what the kernel says of the disk (dmesg). Once the disk is well, restart Goku and look whether it is still so.",
    cause,
  });

export const networkNameTaken = (name: string) =>
  new GokuError({
    code: "conflict",
    message: `Docker has a network called ${name} that Goku did not make.`,
    hint: `Remove it (docker network rm ${name}), or give this Goku another name: GOKU_INSTANCE`,
  });

export const subnetInUse = (subnet: string, cause: unknown) =>
  new GokuError({
    code: "conflict",
    message: `Docker cannot make a network of ${subnet}: ${messageOf(cause)}.`,
    hint: "Set another network that nothing on this machine uses: GOKU_SUBNET=10.214.0.0/16",
    cause,
  });

export const noAddressLeft = (subnet: string) =>
  new GokuError({
    code: "unavailable",
    message: `Every address of ${subnet} is taken by a container.`,
    hint: "Set a larger network: GOKU_SUBNET",
  });

export const linkedContainerMissing = (name: string, exists: boolean, instance: string) =>
  new GokuError({
    code: "refused",
    message: `The linked container ${name} ${exists ? "is not running" : "does not exist"}.`,
    hint: exists
      ? `Start it and push again: docker start ${name}`
      : `Start it with Goku's label and push again: docker run -d --label goku.instance=${instance} --name ${name} IMAGE`,
  });

export const linkedContainerNotOurs = (name: string, instance: string) =>
  new GokuError({
    code: "refused",
    message: `The container ${name} cannot be linked: it does not carry the label goku.instance=${instance}.`,
    hint: `Make it again with the label: docker run -d --label goku.instance=${instance} --name ${name} IMAGE`,
  });

export const noStaticBusybox = (looked: readonly string[]) =>
  new GokuError({
    code: "unavailable",
    message: `No statically linked busybox at ${looked.join(" or ")}, which the containers that hold addresses run.`,
    hint: "Install it: apt-get install busybox-static",
  });

export const namespaceLost = (replica: string) =>
  new GokuError({
    code: "unhealthy",
    message: `${replica} cannot be started again: the container that held its address is gone.`,
    hint: "Make a new one: octo restart APP",
  });

export const diskTooFull = (root: string, free: string, floor: string) =>
  new GokuError({
    code: "build-failed",
    message: `There are ${free} free on Docker's disk (${root}), and a build needs ${floor}.`,
    hint: "Make room on the server: docker builder prune, docker image prune",
  });

export const diskFilledUp = (root: string, free: string, floor: string) =>
  new GokuError({
    code: "build-failed",
    message: `The build was stopped because Docker's disk (${root}) became too full: ${free} are free, and builds have to leave ${floor}.`,
    hint: "Let it write less, or make room on the server: docker builder prune, docker image prune",
  });

export const imageUnavailable = (image: string, reason: string, hint: string) =>
  new GokuError({
    code: "build-failed",
    message: `The base image ${image} could not be fetched: ${reason}.`,
    hint,
  });

/** @param whose the beginning of a sentence: `The image of v3 of blog-main` */
export const imageGone = (whose: string, app: string, verb: "reload" | "restart" = "restart") =>
  new GokuError({
    code: "refused",
    message: `${whose} is no longer on this server.`,
    hint: `Have it built again, as a new release: octo ${verb} ${app}`,
  });

export const imageNotPushed = (name: string, reason: string, hint: string) =>
  new GokuError({
    code: "build-failed",
    message: `The image could not be sent to ${name}: ${reason}.`,
    hint,
  });

export const notText = () =>
  new GokuError({
    code: "usage",
    message: "What came on standard input is not text in UTF-8.",
    hint: "Config vars hold text. Turn bytes into text first: base64 < FILE | octo config:set app/KEY -",
  });

export interface SettingFault {
  /** `GOKU_HTTP`, `http in /etc/goku/goku.toml` */
  readonly where: string;
  readonly problem: string;
  /** A sentence, or nothing. */
  readonly fix: string;
}

/** @param faults at least one */
export const badSettings = (faults: readonly SettingFault[]) => {
  const [first, ...others] = faults;
  return others.length === 0
    ? new GokuError({
        code: "usage",
        message: `${first?.where}: ${first?.problem}.`,
        hint: first?.fix,
      })
    : new GokuError({
        code: "usage",
        message: `${faults.length} settings are wrong.`,
        hint: "Correct them and start again.",
        details: faults.map(({ where, problem, fix }) => `${where}: ${problem}. ${fix}`.trim()),
      });
};

export const settingsFileMissing = (path: string) =>
  new GokuError({
    code: "usage",
    message: `There is no settings file ${path}.`,
    hint: "Create it, or leave --config out for /etc/goku/goku.toml.",
  });

export const settingsUnreadable = (path: string, cause: unknown) =>
  new GokuError({
    code: "usage",
    message: `The settings file ${path} cannot be read: ${messageOf(cause)}.`,
    hint: "Start goku as root, or as a user who may read it.",
    cause,
  });

export const noSuchRepository = (repository: string) =>
  new GokuError({
    code: "not-found",
    message: `There is no repository "${repository}" here.`,
    hint: "The first push makes it: git push goku main",
  });

export const badBranchName = (branch: string, why: string) =>
  new GokuError({
    code: "refused",
    message: `The branch "${branch.slice(0, 80)}" cannot be deployed: ${why}.`,
    hint: "Push it under a short name with letters or digits: git push goku HEAD:refs/heads/my-feature",
  });

export const branchInTheWay = (branch: string, other: string) =>
  new GokuError({
    code: "conflict",
    message: `The branch "${branch}" cannot exist beside "${other}": git keeps one as a file and the other as a folder of that name.`,
    hint: `Push it under another name, or remove the other one and its app first: git push goku :${other}`,
  });

export const notByADoor = () =>
  new GokuError({
    code: "refused",
    message:
      "Goku does not know whose push this is: it was started anew in the middle, or the push came past its doors.",
    hint: "Push again, to ssh://git@HOST:2222/NAME.git or http://NAME:TOKEN@goku.DOMAIN/git/NAME.git.",
  });

export const sshMissing = (cause: unknown) =>
  new GokuError({
    code: "unavailable",
    message: "ssh, which octo -H needs, is not installed here.",
    hint: "Install OpenSSH's client (apt-get install openssh-client), and run this again.",
    cause,
  });

/** `reason` is as in `ENOSPC: no space left on device, write`. */
export const outputLost = (reason: string, cause: unknown) =>
  new GokuError({
    code: "unavailable",
    message: `The output could not be written, and what there is of it is incomplete: ${reason}.`,
    hint: "Make room (df -h), or write it elsewhere, and run this again.",
    cause,
  });

export const sshdMissing = (path: string) =>
  new GokuError({
    code: "unavailable",
    message: `Goku's SSH door needs OpenSSH's server, and ${path} is not there.`,
    hint: 'Install it (apt-get install openssh-server), or close that door: ssh = "off" in goku.toml.',
  });

export const sshdFailed = (address: string, reason: string) =>
  new GokuError({
    code: "unavailable",
    message: `Goku's sshd cannot listen on ${address}: ${reason}.`,
    hint: "End what uses the port, or choose another with the setting `ssh` (GOKU_SSH), and start Goku again.",
  });

export const gitUserFailed = (name: string, reason: string) =>
  new GokuError({
    code: "unavailable",
    message: `The system user ${name}, which repositories belong to, could not be made: ${reason}.`,
    hint: `Make it by hand: useradd --system --create-home --shell /bin/sh --password '*' ${name}`,
  });

export const portTaken = (address: string, program: string, hint: string) =>
  new GokuError({
    code: "unavailable",
    message: `nginx cannot listen on ${address}: it is taken by ${program}.`,
    hint,
  });

export const noSuchGitService = () =>
  new GokuError({
    code: "not-found",
    message: "Goku answers git here, and this was no question of git's.",
    hint: "Push or clone: git push http://NAME:TOKEN@goku.DOMAIN/git/blog.git main",
  });

export const treeNotUnpacked = (details: readonly string[]) =>
  new GokuError({
    code: "refused",
    message: "The files of the commit cannot be unpacked on the server.",
    hint: "Rename or remove what tar names, or free space on the server's disk, and push again.",
    details,
  });

/** Of the disk that Goku's own folder is on; `free` and `floor` with their units. */
export const noRoom = (folder: string, free: string, floor: string) =>
  new GokuError({
    code: "unavailable",
    message: `There are ${free} free on the disk of ${folder}, and ${floor} have to stay free there for what runs.`,
    hint: "Push less, or make room on the server (df -h, docker system df): octo volumes:prune --dry-run, octo remove APP",
  });

/** `memory` with its unit. */
export const treeTooLarge = (memory: string) =>
  new GokuError({
    code: "refused",
    message: `The commit has too many files, or too large ones: git cannot read it within ${memory} of memory.`,
    hint: "Take them out of the repository, commit that and push again.",
  });

/** `space` is what such refs begin with. */
export const refNotTaken = (ref: string, space: string, why: string) =>
  new GokuError({
    code: "refused",
    message: `${ref} is not taken: below ${space} ${why}.`,
    hint: "Push branches and tags: git push goku main",
  });

export const noUserNumbers = (first: number, last: number) =>
  new GokuError({
    code: "unavailable",
    message: "There is no user number left that a checked-out tree could belong to.",
    hint: `Remove apps that nobody needs, or map the numbers ${first} to ${last} into the container that Goku runs in.`,
  });

export const keptInTheWay = (app: string, path: string) =>
  new GokuError({
    code: "conflict",
    message: `"${path}", which ${app} keeps on the server, is not what its compose file mounts: something else, or a symlink, is in its place.`,
    hint: "Mount another path, or move what is there away on the server, and push again.",
  });

export const composeMissing = () =>
  new GokuError({
    code: "unavailable",
    message: "This project has a compose file, and docker compose (v2) is not on this server.",
    hint: "Install it: apt-get install docker-compose-plugin (from Docker: https://docs.docker.com/compose/install/linux/), or apt-get install docker-compose (Debian 13). Then run the same command again.",
  });

export const composeTooOld = (version: string) =>
  new GokuError({
    code: "unavailable",
    message: `This project has a compose file, and docker compose ${version} on this server is too old: Goku needs 2.20 or newer.`,
    hint: "Install a newer one: apt-get install docker-compose-plugin (from Docker: https://docs.docker.com/compose/install/linux/), or apt-get install docker-compose (Debian 13). Then run the same command again.",
  });

export const externalMissing = (kind: "network" | "volume", name: string) =>
  new GokuError({
    code: "refused",
    message: `The compose file calls the ${kind} ${name} external, and Docker has none of that name.`,
    hint: `Create it and push again: docker ${kind} create ${name}`,
  });

export const resourceFailed = (kind: "network" | "volume", name: string, cause: unknown) =>
  new GokuError({
    code: "refused",
    message: `Docker does not make the ${kind} ${name}: ${messageOf(cause)}.`,
    hint: `Correct the ${kind} in the compose file, and push again.`,
    cause,
  });

export const noSuchVolume = (name: string) =>
  new GokuError({
    code: "not-found",
    message: `There is no volume "${name.slice(0, 120)}" of Goku's here.`,
    hint: "See those of an app: octo volumes APP",
  });

export const volumeInUse = (name: string, cause: unknown) =>
  new GokuError({
    code: "conflict",
    message: `The volume ${name} is in use.`,
    hint: `See by what: docker ps -a --filter volume=${name}`,
    cause,
  });

export const serviceImageUnavailable = (image: string, reason: string, hint: string | undefined) =>
  new GokuError({
    code: "build-failed",
    message: `The image ${image} could not be fetched: ${reason}.`,
    hint,
  });

export const noServices = (app: string) =>
  new GokuError({
    code: "refused",
    message: `${app} has no services: it is made from a Dockerfile, and all its containers are alike.`,
    hint: `Name the app alone; its containers: octo ps ${app}`,
  });

export const noSuchService = (
  app: string,
  name: string,
  nearest: string | null,
  services: readonly string[],
) =>
  new GokuError({
    code: "not-found",
    message: `${app} has no service "${name}".`,
    hint: nearest === null ? `It has: ${services.join(", ")}` : `Did you mean ${nearest}?`,
  });

/** `example` is the whole command with one of its services. */
export const noMainService = (app: string, example: string) =>
  new GokuError({
    code: "refused",
    message: `${app} has several services, and none of them answers HTTP: say which one is meant.`,
    hint: `For example: ${example}`,
  });

/** `folder` is null where nobody knows what was being written. */
export const diskFull = (folder: string | null, cause: unknown) =>
  new GokuError({
    code: "unavailable",
    message: `${folder === null ? "A disk of the server" : `The disk of ${folder}`} is full, or its quota is used up.`,
    hint: "See what takes it (df -h, docker system df), free some (octo volumes:prune --dry-run, octo remove APP), then push again.",
    cause,
  });
