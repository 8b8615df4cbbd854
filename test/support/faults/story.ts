import { join } from "node:path";
import { type Ended, exec } from "../exec.ts";
import type { TestHost } from "../test-host.ts";
import { commitPage, commitShop, next as nextNumber } from "./commits.ts";
import { appRow, liveRelease } from "./records.ts";
import type { World } from "./world.ts";

/** Something that is done to an app, and interrupted. */
export interface Story {
  readonly name: string;
  /** The vars are in Consul. */
  readonly consul?: boolean;
  /** A new app at each point, of this branch, which is taken away afterwards. */
  readonly newApps?: string;
  /** It never comes to what was asked for, and leaves what was before. */
  readonly fails?: boolean;
  /** It stops the app. */
  readonly stops?: boolean;
  /** Of its moments, how many are taken where a few stories and moments stand for all. */
  readonly sampled: number;
  /** Once, for the app that all points share. */
  readonly begin: (world: World) => Promise<void>;
  /** Before each point. */
  prepare(world: World): Promise<void>;
  /** What is interrupted. */
  act(world: World): Promise<Ended>;
  /** What was asked for is there: it has to be, once `act` ended with status 0. */
  asked(world: World): Promise<boolean>;
  /** The next push of the app, which has to work. */
  next(world: World): Promise<void>;
  /** The start of the daemon itself is interrupted: what was interrupted before that. */
  readonly atStart?: (world: World) => Promise<void>;
}

export const pushOverSsh = ({ host, subject }: World) =>
  host.push(subject.repository, null, subject.branch);

export async function pushOverHttp({ host, subject }: World): Promise<Ended> {
  const { app, branch } = subject;
  const url = `http://ci:${tokens.get(host)}@127.0.0.1:${host.webPort}/git/${app}.git`;
  return host.git(app, "push", url, branch);
}

const tokens = new WeakMap<TestHost, string>();

export async function addToken({ host }: World): Promise<void> {
  const { token } = await host.octoJson<{ token: string }>("tokens:add", "ci", "--admin");
  tokens.set(host, token);
}

export async function pushPage(world: World): Promise<void> {
  await commitPage(world);
  await world.host.must(pushOverSsh(world));
}

export async function pushShop(world: World): Promise<void> {
  await commitShop(world, false);
  await world.host.must(pushOverSsh(world));
}

export async function pushOnlyWeb(world: World): Promise<void> {
  await commitShop(world, true);
  await world.host.must(pushOverSsh(world));
}

export const octo =
  (verb: string, ...words: readonly string[]) =>
  ({ host, subject }: World) =>
    host.octo(verb, ...words.map((word) => word.replace("APP", subject.app)));

/** Two vars. */
export async function beginBlog(world: World): Promise<void> {
  await world.host.must(octo("config:set", "APP/GREETING=hello", "APP/COLOR=blue")(world));
  await pushPage(world);
}

/** From now on by HTTPS as well. */
export async function addCertificate(world: World): Promise<void> {
  const { host, subject } = world;
  const [certificate, key] = ["pem", "key"].map((end) => join(host.folder, `own.${end}`));
  const kind = ["-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"];
  const files = ["-subj", `/CN=${subject.app}`, "-keyout", `${key}`, "-out", `${certificate}`];
  await host.must(exec("openssl", ["req", ...kind, ...files]));
  const vars = [`APP/SSL_CERTIFICATE=${certificate}`, `APP/SSL_KEY=${key}`];
  await host.must(octo("config:set", ...vars)(world));
  world.isSecure = true;
}

export const removeNewApp = async (world: World) => {
  await world.host.must(octo("remove", "APP", "--force")(world));
};

export const nothing = async () => undefined;

/** What all projects share stays once there was one: it is not made again at each point. */
export async function beginEmpty(world: World): Promise<void> {
  await pushShop(world);
  await removeNewApp(world);
}

/** A new release of what was pushed last, or of what else was wanted. */
export async function isLive(world: World): Promise<boolean> {
  const live = liveRelease(world);
  return live !== null && live.version > world.before && live.commit === world.wanted;
}

export async function isStopped(world: World): Promise<boolean> {
  return appRow(world)?.stopped === 1;
}

/** A var of the app, as it is stored. */
export async function stored(world: World, key: string): Promise<string | undefined> {
  return (await world.storedVars())[world.subject.app]?.[key];
}

export const isLiveWith =
  (isSo: (world: World) => Promise<boolean>): Story["asked"] =>
  async (world) =>
    (await isLive(world)) && isSo(world);

/** Something that is done to an app that runs. */
export const change = (
  name: string,
  act: Story["act"],
  asked: Story["asked"],
  more: Partial<Story> = {},
): Story => ({
  name,
  sampled: 1,
  begin: beginBlog,
  prepare: nothing,
  act,
  asked,
  next: pushPage,
  ...more,
});

/** What was asked for last, where that is something else each time. */
export const wishes = new WeakMap<World, string>();

export function wish(world: World): string {
  const text = String(nextNumber());
  wishes.set(world, text);
  return text;
}

export const configSet: Pick<Story, "sampled" | "act" | "asked"> = {
  sampled: 3,
  async act(world) {
    const number = wish(world);
    return octo("config:set", `APP/GREETING=hello ${number}`, `APP/NUMBER=${number}`)(world);
  },
  async asked(world) {
    const number = wishes.get(world);
    const isGreeted = (await stored(world, "GREETING")) === `hello ${number}`;
    return (await isLive(world)) && isGreeted && (await stored(world, "NUMBER")) === number;
  },
};

/** What is bound to fail. */
export const failure = (
  name: string,
  begin: Story["begin"],
  prepare: Story["prepare"],
  more: Partial<Story> = {},
): Story => ({
  name,
  fails: true,
  sampled: 1,
  begin,
  prepare,
  act: pushOverSsh,
  asked: async () => false,
  next: begin,
  ...more,
});

export const removal = (
  name: string,
  act: Story["act"],
  { newApps = "main", sampled = 2 }: Partial<Story> = {},
): Story => ({
  name,
  newApps,
  sampled,
  begin: beginEmpty,
  prepare: beginBlog,
  act,
  asked: async (world) => appRow(world) === null,
  async next(world) {
    // Whatever is left of it goes by the same command again, if Goku has not finished it at this moment.
    if (appRow(world) !== null) {
      const again = await act(world);
      if (again.status !== 0 && appRow(world) !== null) {
        throw new Error(`the removal cannot be repeated: ${again.stderr}`);
      }
    }
    await pushPage(world);
    await removeNewApp(world);
  },
});
