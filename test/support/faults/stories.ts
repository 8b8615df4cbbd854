import {
  commitBrokenDatabase,
  commitBrokenPage,
  commitBrokenWeb,
  commitPage,
  commitShop,
} from "./commits.ts";
import { liveRelease, newestCommit } from "./records.ts";
import {
  pushOverSsh,
  pushOverHttp,
  addToken,
  pushPage,
  pushShop,
  pushOnlyWeb,
  octo,
  beginBlog,
  beginEmpty,
  addCertificate,
  removeNewApp,
  nothing,
  isLive,
  isStopped,
  stored,
  isLiveWith,
  change,
  failure,
  wish,
  wishes,
  configSet,
  removal,
  type Story,
} from "./story.ts";

/** Those that begin alike beside each other, since they share a stage. */
export const stories = {
  push: {
    name: "a push over HTTP of an app in two containers with vars, a certificate and a release command",
    sampled: 3,
    async begin(world) {
      await addToken(world);
      await beginBlog(world);
      await addCertificate(world);
      await world.host.must(octo("scale", "APP=2")(world));
    },
    prepare: (world) => commitPage(world, "# RELEASE true\n"),
    act: pushOverHttp,
    asked: isLive,
    next: pushPage,
  },
  firstPush: {
    name: "the first push of an app",
    newApps: "main",
    sampled: 3,
    begin: beginEmpty,
    prepare: (world) => commitPage(world),
    act: pushOverSsh,
    asked: isLive,
    async next(world) {
      await pushPage(world);
      await removeNewApp(world);
    },
  },
  firstProject: {
    name: "the first push of a project with a volume",
    newApps: "main",
    sampled: 2,
    begin: beginEmpty,
    prepare: (world) => commitShop(world, false),
    act: pushOverSsh,
    asked: isLive,
    async next(world) {
      await pushOnlyWeb(world);
      await removeNewApp(world);
    },
  },
  remove: removal("octo remove", octo("remove", "APP")),
  removeByForce: removal("octo remove --force", octo("remove", "APP", "--force")),
  removeBranch: removal(
    "the deletion of a branch",
    ({ host, subject }) =>
      host.git(subject.repository, "push", host.sshUrl(subject.repository), `:${subject.branch}`),
    { newApps: "feature", sampled: 1 },
  ),
  project: {
    name: "a push of a project: a twin of web, another worker, the database replaced in place",
    sampled: 3,
    begin: pushShop,
    prepare: (world) => commitShop(world, false),
    act: pushOverSsh,
    asked: isLive,
    next: pushOnlyWeb,
  },
  brokenWeb: failure(
    "a push of a project that fails by its web, with a database on another network",
    pushShop,
    commitBrokenWeb,
  ),
  brokenDatabase: failure(
    "a push of a project that fails by the database that takes over",
    pushShop,
    commitBrokenDatabase,
  ),
  configSet: {
    ...configSet,
    name: "config:set of two vars",
    begin: beginBlog,
    prepare: nothing,
    next: pushPage,
  },
  brokenPage: failure("a push that fails", beginBlog, commitBrokenPage, { next: pushPage }),
  brokenConfigSet: failure("a config:set that fails", beginBlog, nothing, {
    act: octo("config:set", "APP/GREETING=bye", "APP/BREAK=yes"),
    next: pushPage,
  }),
  configRemove: change(
    "config:rm",
    octo("config:rm", "APP/COLOR"),
    isLiveWith(async (world) => (await stored(world, "COLOR")) === undefined),
    {
      async prepare(world) {
        await world.host.must(octo("config:set", "APP/COLOR=blue")(world));
      },
    },
  ),
  domains: change(
    "domains:set",
    async (world) => octo("domains:set", "APP", `own${wish(world)}.example`)(world),
    isLiveWith(
      async (world) => (await stored(world, "DOMAINS")) === `own${wishes.get(world)}.example`,
    ),
  ),
  restart: change("restart", octo("restart", "APP"), isLive, { sampled: 0 }),
  stop: change("octo stop", octo("stop", "APP"), isStopped, { stops: true }),
  startApp: change(
    "octo start",
    octo("start", "APP"),
    isLiveWith(async (world) => !(await isStopped(world))),
    {
      stops: true,
      async prepare(world) {
        await world.host.must(octo("stop", "APP")(world));
      },
    },
  ),
  run: change("octo run", octo("run", "APP", "true"), async (world) => !(await isLive(world)), {
    sampled: 0,
  }),
  rollback: {
    name: "a rollback",
    sampled: 2,
    begin: beginBlog,
    async prepare(world) {
      const earlier = () =>
        newestCommit(world, `commit_hash != '${liveRelease(world)?.commit ?? ""}'`);
      if (earlier() === "") {
        await pushPage(world);
      }
      world.wanted = earlier();
      world.pages.add(world.contents.get(world.wanted)?.page ?? "");
    },
    act: octo("rollback", "APP"),
    asked: isLive,
    next: pushPage,
  },
  start: {
    name: "Goku's own start after it was killed in the middle of a publish",
    sampled: 3,
    begin: beginBlog,
    prepare: (world) => commitPage(world),
    act: pushOverSsh,
    asked: isLive,
    next: pushPage,
    async atStart(world) {
      await world.faults.arm({ label: "signal SIGHUP", nth: 1, phase: "after" });
    },
  },
  toProject: change("a push of a project in place of a Dockerfile", pushOverSsh, isLive, {
    sampled: 0,
    // What stays of a project is there already.
    async begin(world) {
      await pushShop(world);
      await beginBlog(world);
    },
    prepare: (world) => commitShop(world, false),
  }),
  scale: change(
    "scale",
    async (world) => {
      wishes.set(world, (await stored(world, "CONTAINERS")) === "2" ? "1" : "2");
      return octo("scale", `APP=${wishes.get(world)}`)(world);
    },
    isLiveWith(async (world) => String(liveRelease(world)?.scale) === wishes.get(world)),
  ),
  configInConsul: {
    ...configSet,
    name: "config:set of two vars in Consul",
    consul: true,
    begin: beginBlog,
    prepare: nothing,
    next: pushPage,
  },
} as const satisfies Record<string, Story>;
