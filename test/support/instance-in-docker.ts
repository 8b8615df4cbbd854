import { exec } from "./exec.ts";
import { wrongNamespaces } from "./spares.ts";

const ours = (instance: string) => ["--filter", `label=goku.instance=${instance}`];

/** Lines that a command of docker prints of what the instance has. */
async function list(instance: string, ...command: string[]): Promise<string[]> {
  const { stdout } = await exec("docker", [...command, ...ours(instance)]);
  return stdout.split("\n").filter((line) => line !== "");
}

/** Names of the instance's containers, namespaces left out. */
export async function containerNames(instance: string): Promise<string[]> {
  const format = '{{.Names}} {{.Label "goku.role"}}';
  return (await list(instance, "ps", "-a", "--format", format))
    .flatMap((line) => {
      const [name = "", role = ""] = line.trim().split(" ");
      return name === "" || role === "namespace" ? [] : [name];
    })
    .sort();
}

/** Whether old releases of Dockerfile apps have gone and the spare namespaces wait again. */
export async function isSettled(instance: string): Promise<boolean> {
  const labels = ["goku.role", "goku.app", "goku.fingerprint"];
  const format = labels.map((label) => `{{.Label "${label}"}}`).join(" ");
  // Services of projects have a fingerprint, the third word.
  const lines = (await list(instance, "ps", "-a", "--format", format)).filter((line) =>
    line.endsWith(" "),
  );
  const namespaces = lines.filter((line) => line.startsWith("namespace")).length;
  const apps = new Set(lines.filter((line) => !line.startsWith("namespace")));
  const replicas = lines.length - namespaces;
  return replicas === apps.size && wrongNamespaces(namespaces, replicas).length === 0;
}

/** How many containers an app has, whatever their state. */
export async function containerCount(instance: string, app: string): Promise<number> {
  return (await list(instance, "ps", "-aq", "--filter", `label=goku.app=${app}`)).length;
}

/** Takes everything away that the instance has in Docker. */
export async function removeAllOf(instance: string): Promise<void> {
  const kinds = [
    { list: ["ps", "-aq"], remove: ["rm", "-f", "-v"] },
    { list: ["network", "ls", "-q"], remove: ["network", "rm"] },
    { list: ["volume", "ls", "-q"], remove: ["volume", "rm"] },
    { list: ["images", "-q"], remove: ["rmi", "-f"] },
  ];
  for (const kind of kinds) {
    const ids = [...new Set(await list(instance, ...kind.list))];
    if (ids.length > 0) {
      await exec("docker", [...kind.remove, ...ids]);
    }
  }
}
