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
  readonly hint: string | undefined;
  readonly details: readonly string[];

  constructor(parts: ErrorParts) {
    super(parts.message, { cause: parts.cause });
    this.name = "GokuError";
    this.code = parts.code;
    this.hint = parts.hint;
    this.details = parts.details ?? [];
  }

  /** HTTP status of an answer that carries this error. */
  get status(): number {
    return httpStatus[this.code];
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
    hint: "Use letters, digits, dots, dashes and underscores, at most 63, beginning and ending with a letter or digit: blog, my-shop, example.org.",
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
    hint: "Ask an admin of this server for the right: octo keys:list shows who has which.",
  });

export const unauthorized = () =>
  new GokuError({
    code: "unauthorized",
    message: "This needs a user name and a token.",
    hint: "Make a token on the server: octo tokens:add NAME",
  });

export const nothingToBuild = (looked: readonly string[]) =>
  new GokuError({
    code: "refused",
    message: `There is nothing to build: the tree has none of ${looked.join(", ")}.`,
    hint: "Add a Dockerfile at the top of the repository, commit it and push again.",
  });

export const badProject = (message: string, hint: string) =>
  new GokuError({ code: "refused", message, hint });

export const buildFailed = (message: string, details: readonly string[], hint?: string) =>
  new GokuError({ code: "build-failed", message, details, hint });

export const domainTaken = (domain: string, owner: string) =>
  new GokuError({
    code: "conflict",
    message: `The domain ${domain} belongs to the app ${owner}.`,
    hint: `Take it from there first: octo domains:rm ${owner} ${domain}`,
  });

export const unhealthy = (message: string, details: readonly string[]) =>
  new GokuError({ code: "unhealthy", message, details });

export const dockerUnavailable = (cause: unknown) =>
  new GokuError({
    code: "unavailable",
    message: `Docker does not answer: ${messageOf(cause)}.`,
    hint: "Start it (systemctl start docker) and run the same command again.",
    cause,
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

export const refMoved = (branch: string, now: string | null) =>
  new GokuError({
    code: "conflict",
    message: `The branch ${branch} moved while this was deploying: it now stands at ${now ?? "nothing"}.`,
    hint: "Fetch, merge and push again.",
  });
