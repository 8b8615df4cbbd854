import { endsWell, shop } from "../compose-apps.ts";
import type { Ended } from "../exec.ts";
import { rowsOf } from "../remains.ts";
import { page } from "../sample-apps.ts";
import type { TestHost } from "../test-host.ts";
import type { Files } from "../working-copies.ts";
import type { Content, World } from "./world.ts";

/** Something that is done to an app, and interrupted. */
export interface Story {
  readonly name: string;
  /** The vars are in Consul. */
  readonly consul?: boolean;
  /** A new app at each point, which is taken away afterwards. */
  readonly newApps?: boolean;
  /** Once, for the app that all points share. */
  begin(world: World): Promise<void>;
  /** Before each point. */
  prepare(world: World): Promise<void>;
  /** What is interrupted. */
  act(world: World): Promise<Ended>;
  /** The next push of the app, which has to work. */
  next(world: World): Promise<void>;
  /** The start of the daemon itself is interrupted: what was interrupted before that. */
  readonly atStart?: (world: World) => Promise<void>;
}

let count = 0;

/** Commits a page that nothing has ever served. */
async function commitPage(world: World): Promise<void> {
  const text = `page ${++count} of ${world.app}`;
  const { Dockerfile = "", ...rest } = page(text);
  // The sample's httpd does not listen to SIGTERM.
  await commit(world, { ...rest, Dockerfile: `${Dockerfile}STOPSIGNAL SIGKILL\n` }, { page: text });
}

/** Commits a project whose web, worker and database are all others than before. */
async function commitShop(world: World, onlyWeb: boolean): Promise<void> {
  const text = `page ${++count} of ${world.app}`;
  const at = onlyWeb ? count - 1 : count;
  const services = { web: "", worker: `work ${at};`, db: `DATABASE=data ${at}` };
  const files = shop({ text, worker: `work ${at}`, database: `data ${at}`, command: endsWell });
  // Only the database, the last of them, listens to SIGTERM.
  const compose = (files["compose.yaml"] ?? "").replaceAll(
    /stop_grace_period: 1s(?=[^]*\n  db:)/g,
    "stop_signal: SIGKILL",
  );
  await commit(world, { ...files, "compose.yaml": compose }, { page: text, services });
}

async function commit(
  { host, app, contents }: World,
  files: Files,
  content: Pick<Content, "page"> & Partial<Content>,
): Promise<void> {
  await host.commit(app, files);
  const { stdout } = await host.git(app, "rev-parse", "HEAD");
  contents.set(stdout.trim(), { services: {}, ...content });
}

const pushOverSsh = ({ host, app }: World) => host.push(app, null);

async function pushOverHttp({ host, app }: World): Promise<Ended> {
  const url = `http://ci:${tokens.get(host)}@127.0.0.1:${host.webPort}/git/${app}.git`;
  return host.git(app, "push", url, "main");
}

const tokens = new WeakMap<TestHost, string>();

async function addToken({ host }: World): Promise<void> {
  const { token } = await host.octoJson<{ token: string }>("tokens:add", "ci", "--admin");
  tokens.set(host, token);
}

async function pushPage(world: World): Promise<void> {
  await commitPage(world);
  await world.host.must(pushOverSsh(world));
}

async function pushOnlyWeb(world: World): Promise<void> {
  await commitShop(world, true);
  await world.host.must(pushOverSsh(world));
}

/** Two containers, two vars. */
async function beginBlog(world: World): Promise<void> {
  const { host, app } = world;
  await host.must(host.octo("config:set", `${app}/GREETING=hello`, `${app}/COLOR=blue`));
  await pushPage(world);
}

async function removeNewApp({ host, app }: World): Promise<void> {
  await host.must(host.octo("remove", app, "--force"));
}

const setVar = async ({ host, app }: World) =>
  host.octo("config:set", `${app}/GREETING=hello ${++count}`, `${app}/NUMBER=${count}`);

const nothing = async () => undefined;

const removal = (name: string, flags: readonly string[]): Story => ({
  name,
  newApps: true,
  begin: nothing,
  prepare: beginBlog,
  act: ({ host, app }) => host.octo("remove", app, ...flags),
  async next(world) {
    const { host, app } = world;
    const isThere = () => rowsOf(host, `SELECT id FROM apps WHERE id = '${app}-main'`).length > 0;
    // Whatever is left of it goes by the same command again, if Goku has not finished it at this moment.
    if (isThere()) {
      const again = await host.octo("remove", app, ...flags);
      if (again.status !== 0 && isThere()) {
        throw new Error(`the removal cannot be repeated: ${again.stderr}`);
      }
    }
    await pushPage(world);
    await removeNewApp(world);
  },
});

export const stories = {
  push: {
    name: "a push over HTTP of an app in two containers with vars",
    async begin(world) {
      await addToken(world);
      await beginBlog(world);
      await world.host.must(world.host.octo("scale", `${world.app}=2`));
    },
    prepare: commitPage,
    act: pushOverHttp,
    next: pushPage,
  },
  firstPush: {
    name: "the first push of an app",
    newApps: true,
    begin: nothing,
    prepare: commitPage,
    act: pushOverSsh,
    async next(world) {
      await pushPage(world);
      await removeNewApp(world);
    },
  },
  project: {
    name: "a push of a project: a twin of web, another worker, the database replaced in place",
    async begin(world) {
      await commitShop(world, false);
      await world.host.must(pushOverSsh(world));
    },
    prepare: (world) => commitShop(world, false),
    act: pushOverSsh,
    next: pushOnlyWeb,
  },
  configSet: {
    name: "config:set of two vars",
    begin: beginBlog,
    prepare: nothing,
    act: setVar,
    next: pushPage,
  },
  rollback: {
    name: "a rollback",
    async begin(world) {
      await beginBlog(world);
      await pushPage(world);
    },
    prepare: nothing,
    act: ({ host, app }) => host.octo("rollback", app),
    next: pushPage,
  },
  remove: removal("octo remove", []),
  removeByForce: removal("octo remove --force", ["--force"]),
  start: {
    name: "Goku's own start after it was killed in the middle of a publish",
    begin: beginBlog,
    prepare: commitPage,
    act: pushOverSsh,
    next: pushPage,
    async atStart(world) {
      await world.faults.arm({ label: "signal SIGHUP", nth: 1, phase: "after" });
    },
  },
  configInConsul: {
    name: "config:set of two vars in Consul",
    consul: true,
    begin: beginBlog,
    prepare: nothing,
    act: setVar,
    next: pushPage,
  },
} as const satisfies Record<string, Story>;
