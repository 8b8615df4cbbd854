import { join } from "node:path";
import Database from "better-sqlite3";
import { kindOf, type Listed, networksOf } from "./docker-api.ts";
import { exec } from "./exec.ts";
import type { TestHost } from "./test-host.ts";

/* What a host holds for its apps, and what of it nobody needs any more. */

/** Rows of the daemon's own database. */
export function rowsOf<T>(host: TestHost, sql: string): T[] {
  const db = new Database(join(host.data, "goku.db"), { readonly: true });
  try {
    return db.prepare<[], T>(sql).all();
  } finally {
    db.close();
  }
}

/** A namespace has one lease, in its name, and a service one by its id; every other lease is left over. */
export function wrongLeases(host: TestHost, containers: readonly Listed[]): string[] {
  const holders = rowsOf<{ holder: string }>(host, "SELECT holder FROM leases").map(
    ({ holder }) => holder,
  );
  const namespaces = containers
    .filter((each) => kindOf(each) === "namespace")
    .map(({ name }) => name);
  const services = containers.filter((each) => kindOf(each) === "service").map(({ id }) => id);
  const known = new Set([...namespaces, ...services]);
  const countOf = (name: string) => holders.filter((holder) => holder === name).length;
  return [
    ...holders
      .filter((holder) => !known.has(holder))
      .map((holder) => `an address is leased to ${holder}, which is gone`),
    ...namespaces
      .filter((name) => countOf(name) !== 1)
      .map((name) => `${name} has ${countOf(name)} leases`),
  ];
}

/** There is the instance's network and one for each of these projects. */
export async function wrongNetworks(
  { instance }: TestHost,
  projects: readonly string[],
): Promise<string[]> {
  const due = [instance, ...projects.map((app) => `${instance}-${app}_default`)];
  // Once there was a project, the network that nginx reaches them on stays.
  const names = (await networksOf(instance)).filter((name) => name !== `${instance}-services`);
  return names.join() === due.join() ? [] : [`networks: ${names.join(", ")}`];
}

/** What is written under another name first, git's locks, and git's quarantine. */
export async function leftFiles(host: TestHost): Promise<string[]> {
  const names = ["*.tmp", "*.lock", "tmp_obj*", "incoming-*", "*.broken"];
  const anyName = names.flatMap((name) => ["-o", "-name", name]);
  const check = ["-path", "*/nginx/check/*.conf"];
  const { stdout } = await exec("find", [host.data, ...check, ...anyName]);
  // The check's own state is there as long as Goku is.
  return stdout
    .split("\n")
    .filter((path) => path !== "" && !path.endsWith("/check/state.conf"))
    .map((path) => `${path} is left over`);
}
