import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { imagesOf, volumesOf } from "../docker-api.ts";
import { exec } from "../exec.ts";
import { rowsOf } from "../remains.ts";
import type { World } from "./world.ts";

/* What nobody needs any more. */

const appIds = ({ host }: World) =>
  new Set(rowsOf<{ id: string }>(host, "SELECT id FROM apps").map(({ id }) => id));

/**
 * Each volume and image is some app's.
 * @param pruned and each image is one of a release that has served
 */
export async function leftInDocker(world: World, pruned: boolean): Promise<string[]> {
  const { host } = world;
  const known = appIds(world);
  const [volumes, images] = await Promise.all([volumesOf(host.instance), imagesOf(host.instance)]);
  const served = rowsOf<{ image: string | null; project: string | null }>(
    host,
    "SELECT image, project FROM releases WHERE status IN ('live', 'retired')",
  );
  const needed = served.map(({ image, project }) => `${image} ${project}`).join("\n");
  return [
    ...[...volumes, ...images]
      // The namespaces' image is of no app.
      .filter(({ app, name }) => !known.has(app) && !name.startsWith(`${host.instance}-namespace`))
      .map(({ name }) => `${name} is of no app`),
    ...images
      .filter(({ app, id }) => pruned && known.has(app) && !needed.includes(id))
      .map(({ name }) => `the image ${name} is of no release that served`),
  ];
}

/** Where an app was, and is gone: logs, vhosts, certificates, trees, whatever has its name. */
export async function leftNames(world: World): Promise<string[]> {
  const { host, hosts } = world;
  const known = appIds(world);
  const gone = [...new Set(hosts.values())]
    .flatMap((app) => [app, `${app}-main`])
    .filter((id) => !known.has(id) && !known.has(`${id}-main`));
  const repositories = ["-path", join(host.data, "repositories"), "-prune"];
  const { stdout } = await exec("find", [host.data, ...repositories, "-o", "-print"]);
  const isTheirs = (path: string) => gone.some((id) => new RegExp(`/${id}(?:[./]|$)`).test(path));
  return stdout
    .split("\n")
    .map((path) => path.slice(host.data.length))
    .filter(isTheirs)
    .map((path) => `${path} is of an app that is gone`);
}

/** Of the live commit is kept what is read again. */
export async function wrongCheckouts(
  { host, subject }: World,
  commit: string | null,
): Promise<string[]> {
  const folder = join(host.data, "trees/checkouts", subject.id);
  const checkouts = await readdir(folder).catch(() => []);
  return checkouts.filter((each) => each !== commit).map((each) => `${each} is still checked out`);
}

/** One vhost may wait to be published. */
export async function wrongPrepared({ host, subject }: World): Promise<string[]> {
  const names = await readdir(join(host.data, "nginx/prepared"));
  const theirs = names.filter((name) => name.startsWith(`${subject.id}.`));
  return theirs.length > 1 ? [`vhosts wait: ${theirs.join(", ")}`] : [];
}

/** Vars are some app's. */
export async function leftVars(world: World): Promise<string[]> {
  const apps = rowsOf<{ id: string; repository: string }>(
    world.host,
    "SELECT id, repository FROM apps",
  );
  const known = new Set(apps.flatMap(({ id, repository }) => [id, repository]));
  return Object.keys(await world.storedVars())
    .filter((app) => !known.has(app))
    .map((app) => `vars of ${app} are left over`);
}

export async function putAside({ faults }: World): Promise<string[]> {
  return (await readdir(faults.temporary)).map((path) => `${path} is left over`);
}

/** What a daemon started, and nobody ended. */
export async function leftProcesses({ host }: World): Promise<string[]> {
  const pids = (await readdir("/proc")).map(Number).filter((pid) => pid > 0);
  const lines = await Promise.all(
    pids.map(async (pid) => {
      const line = await readFile(`/proc/${pid}/cmdline`, "utf8").catch(() => "");
      return { pid, line: line.replaceAll("\0", " ").trim() };
    }),
  );
  return lines
    .filter(({ pid, line }) => line.includes(host.folder) && pid !== host.pid)
    .filter(({ line }) => !/^(?:nginx|find|git -c safe\S* -C|\S*sshd|consul)\b/.test(line))
    .map(({ line }) => `a process is left: ${line.slice(0, 150)}`);
}
