import { waitFor } from "../../src/system/wait.ts";
import { containersOf, kindOf } from "./docker-api.ts";
import { exec } from "./exec.ts";
import { wrongNamespaces } from "./spares.ts";

/** Names of the instance's containers, namespaces left out. */
export async function containerNames(instance: string): Promise<string[]> {
  return (await containersOf(instance))
    .filter((each) => kindOf(each) !== "namespace")
    .map(({ name }) => name)
    .sort();
}

/** Whether old releases of Dockerfile apps have gone and the spare namespaces wait again. */
export async function isSettled(instance: string): Promise<boolean> {
  const all = await containersOf(instance);
  const namespaces = all.filter((each) => kindOf(each) === "namespace").length;
  const replicas = all.filter((each) => kindOf(each) === "replica");
  const apps = new Set(replicas.map(({ labels }) => labels["goku.app"]));
  return replicas.length === apps.size && wrongNamespaces(namespaces, replicas.length).length === 0;
}

/** How many containers an app has, whatever their state. */
export async function containerCount(instance: string, app: string): Promise<number> {
  const all = await containersOf(instance);
  return all.filter(({ labels }) => labels["goku.app"] === app).length;
}

/**
 * Takes everything away that the instance has in Docker.
 * @throws where containers stay, with what Docker said of it
 */
export async function removeAllOf(instance: string): Promise<void> {
  let said = await removeOnce(instance);
  const gone = await waitFor(
    async () => {
      if ((await containersOf(instance)).length === 0) {
        return true;
      }
      // A daemon that was killed may have asked for one more just before.
      said = await removeOnce(instance);
      return null;
    },
    { timeoutMs: 60_000, maxIntervalMs: 1000 },
  );
  if (gone === null) {
    throw new Error(`containers of ${instance} stay: ${said}`);
  }
}

/** What Docker complained of. */
async function removeOnce(instance: string): Promise<string> {
  const kinds = [
    { list: ["ps", "-aq"], remove: ["rm", "-f", "-v"] },
    { list: ["network", "ls", "-q"], remove: ["network", "rm"] },
    { list: ["volume", "ls", "-q"], remove: ["volume", "rm"] },
    { list: ["images", "-q"], remove: ["rmi", "-f"] },
  ];
  let said = "";
  for (const kind of kinds) {
    const { stdout } = await exec("docker", [
      ...kind.list,
      "--filter",
      `label=goku.instance=${instance}`,
    ]);
    const ids = new Set(stdout.split("\n").filter((line) => line !== ""));
    if (ids.size > 0) {
      said += (await exec("docker", [...kind.remove, ...ids])).stderr;
    }
  }
  return said;
}
