import type { Rights } from "./store-ports.ts";

/** Rights of somebody who commands Goku on the server itself. */
export const adminRights: Rights = { admin: true, deploy: ["*"], read: ["*"] };

/** True when `*` in the pattern, standing for any run of characters, can make it the name. */
export function matchesPattern(pattern: string, name: string): boolean {
  const parts = pattern.split("*");
  const [first = "", ...rest] = parts;
  if (rest.length === 0) {
    return pattern === name;
  }
  if (!name.startsWith(first)) {
    return false;
  }
  let at = first.length;
  const last = rest.pop() ?? "";
  for (const part of rest) {
    const found = name.indexOf(part, at);
    if (found === -1) {
      return false;
    }
    at = found + part.length;
  }
  return name.length - at >= last.length && name.endsWith(last);
}

/** `app` is everything the app is called: its name and its id. */
export function mayDeploy(rights: Rights, app: readonly string[]): boolean {
  return rights.admin || anyMatch(rights.deploy, app);
}

export function mayRead(rights: Rights, app: readonly string[]): boolean {
  return mayDeploy(rights, app) || anyMatch(rights.read, app);
}

/**
 * True when some branch of the repository could be an app these rights deploy to: the door opens,
 * and each ref is asked about on its own.
 */
export function mayPushTo(rights: Rights, repository: string): boolean {
  return (
    rights.admin ||
    rights.deploy.some((pattern) => {
      const literal = pattern.split("*")[0] ?? "";
      return (
        matchesPattern(pattern, repository) ||
        pattern.startsWith(`${repository}-`) ||
        (pattern.includes("*") && `${repository}-`.startsWith(literal))
      );
    })
  );
}

/** `admin`, `deploys blog, shop-*`, `reads *`: for events and tables. */
export function describeRights({ admin, deploy, read }: Rights): string {
  if (admin) {
    return "admin";
  }
  const deploys = deploy.length === 0 ? [] : [`deploys ${deploy.join(", ")}`];
  const reads = read.length === 0 ? [] : [`reads ${read.join(", ")}`];
  return [...deploys, ...reads].join("; ");
}

function anyMatch(patterns: readonly string[], names: readonly string[]): boolean {
  return patterns.some((pattern) => names.some((name) => matchesPattern(pattern, name)));
}
