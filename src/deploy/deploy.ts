import type { App } from "../app.ts";
import { refMoved } from "../errors.ts";
import type { DockerfileProject } from "../project.ts";
import { projectFiles } from "../project/project-files.ts";
import { composeFile, readProject } from "../project/read-project.ts";
import { type Release, revisionReasons } from "../release.ts";
import { branchRef, type Revision, shortCommit } from "../revision.ts";
import { buildImage } from "./containers/build-image.ts";
import { domainsOf, hostsOf } from "./plan/domains-of.ts";
import { withNewVolumes, withVolumes } from "./containers/image-volumes.ts";
import { tellMissingMounts } from "./containers/missing-mounts.ts";
import { bringToDisk } from "./on-disk.ts";
import type { Parts, Request } from "./parts.ts";
import type { Turn } from "./queue.ts";
import { assertAllowed } from "./story/policy.ts";
import { runReleaseCommand } from "./containers/release-command.ts";
import { rollOut, type Rollout } from "./story/roll-out.ts";
import { makeImages } from "./services/make-images.ts";
import { placeMounts } from "./services/place-mounts.ts";
import { type ReadServices, readServices, type ServicesSource } from "./services/read-services.ts";
import { isRunnable, mainScale, urlsOf } from "./plan/shape.ts";
import { type Story, tellStory } from "./story/story.ts";
import { containerEnv, readWishes } from "./plan/wishes.ts";
import { whyNoHttp } from "./plan/without-http.ts";

/**
 * Brings a revision live, whichever door it came by. The branch's ref is moved by git once this has resolved.
 * @throws GokuError: whatever the step, the previous release serves on
 */
export async function deploy(parts: Parts, revision: Revision, request: Request): Promise<Release> {
  const { id } = parts.store.apps.create(revision.repository, revision.branch);
  const job = {
    app: id,
    title: `the ${revision.door} of ${shortCommit(revision.commit)} by ${revision.by}`,
    kind: "revision" as const,
    report: request.report,
    signal: request.signal,
  };
  return parts.queue.run(job, (turn) => deployInTurn(parts, revision, turn, request));
}

async function deployInTurn(
  parts: Parts,
  revision: Revision,
  turn: Turn,
  request: Request,
): Promise<Release> {
  const { apps, releases } = parts.store;
  // Once more, since this may have waited for the app's removal.
  const app = apps.create(revision.repository, revision.branch);
  const live = releases.live(app.id);
  const isOnAir = !app.stopped && !apps.removals().has(app.id);
  if (live?.commit === revision.commit && isOnAir) {
    const commit = shortCommit(revision.commit);
    request.report.step(`${commit} is live already as v${live.version} of ${app.id}`);
    return live;
  }
  const opening = {
    app: app.id,
    commit: revision.commit,
    door: revision.door,
    by: revision.by,
    reason: revisionReasons[revision.door],
  };
  const release = await tellStory(parts, opening, turn, request, (story) =>
    bringLive(parts, app, revision, story),
  );
  // git moves the ref next: one that leads to a release nobody knows of keeps the next push from arriving.
  await bringToDisk(parts, request);
  tellWhere(parts, app, release, request);
  return release;
}

/** The story of a revision, step by step. */
async function bringLive(parts: Parts, app: App, revision: Revision, story: Story): Promise<void> {
  const [vars, files] = await story.step("checkOut", () =>
    Promise.all([parts.vars.read(app.name), checkOut(parts, revision)]),
  );
  const source = { commit: revision.commit, files, vars: containerEnv(vars) };
  const read = await story.step<ReadServices | ReadDockerfile>("readProject", () =>
    readTree(parts, app, source, story),
  );
  read.project.notes.forEach((note) => story.report.detail(note));
  assertAllowed(parts, app, read.project, revision, story.report);
  await tellMissingMounts(read.project, story.report);
  // Vars that cannot be followed are told of before anything is built.
  readWishes(vars, app.name);
  const domains = domainsOf(parts, app, read.project, vars);
  const made = await make(parts, app, revision, read, vars, story);
  const rollout = {
    ...made,
    vars,
    domains,
    scale: mainScale(made.project, vars),
    check: () => refMustStand(parts, revision),
    change: null,
    fresh: new Set<string>(),
  };
  await withNewVolumes(parts, app, made.project, story.report, async () => {
    const { image, project } = rollout;
    if (image !== null && project.kind === "dockerfile") {
      const candidate = { project, image, vars };
      await story.step("release", () => runReleaseCommand(parts, app, candidate, story));
    }
    await rollOut(parts, app, rollout, story);
  });
}

/** What the tree says about how to build and run it; compose wins over Dockerfile. */
function readTree(
  parts: Parts,
  app: App,
  source: ServicesSource & { readonly files: ReadonlyMap<string, string> },
  story: Story,
): Promise<ReadServices> | ReadDockerfile {
  return composeFile(source.files) === null
    ? { project: readProject(source.files, app, source.vars) }
    : readServices(parts, app, source, story.signal);
}

interface ReadDockerfile {
  readonly project: DockerfileProject;
}

/** The images of the revision, and the project as they complete it. */
async function make(
  parts: Parts,
  app: App,
  revision: Revision,
  read: ReadServices | ReadDockerfile,
  vars: Readonly<Record<string, string>>,
  story: Story,
): Promise<Pick<Rollout, "image" | "project">> {
  if ("tree" in read) {
    const project = await story.step("buildImage", () =>
      makeImages(parts, app, revision.commit, read, {}, story),
    );
    // What only the images say.
    project.notes.slice(read.project.notes.length).forEach((note) => story.report.detail(note));
    await placeMounts(parts, app, { project, tree: read.tree }, story.report);
    return { image: null, project };
  }
  const image = await story.step("buildImage", () =>
    buildImage(parts, app, revision, read.project, vars, story),
  );
  return { image, project: await withVolumes(parts, app, read.project, image) };
}

async function checkOut(parts: Parts, revision: Revision): Promise<Map<string, string>> {
  await refMustStand(parts, revision);
  return parts.repositories.readFiles(revision.repository, revision.commit, projectFiles());
}

/** Otherwise git would refuse to move the ref of something already live. */
async function refMustStand(parts: Parts, revision: Revision): Promise<void> {
  if (revision.door !== "push") {
    return;
  }
  const tip = await parts.repositories.tip(revision.repository, branchRef(revision.branch));
  if (tip !== revision.previous) {
    throw refMoved(revision.branch, tip);
  }
}

/** The last lines of a push: where the app is to be seen, or why it is not. */
function tellWhere(parts: Parts, app: App, release: Release, { report }: Request): void {
  const until = release.finishedAt === null ? Date.now() : Date.parse(release.finishedAt);
  const seconds = Math.max(0, until - Date.parse(release.createdAt)) / 1000;
  report.step(`v${release.version} of ${release.app} is live (${seconds.toFixed(1)} s)`);
  if (isRunnable(release)) {
    const why = whyNoHttp(release);
    const urls = urlsOf(release, hostsOf(parts, app, release), parts.settings);
    (why === null ? urls : [`It has no address, since ${why}`]).forEach((line) =>
      report.detail(line),
    );
  }
}
