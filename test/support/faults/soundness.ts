import { join } from "node:path";
import { containersOf } from "../docker-api.ts";
import { exec } from "../exec.ts";
import { leftFiles, rowsOf, wrongLeases, wrongNetworks } from "../remains.ts";
import { wrongAnswers } from "./answers.ts";
import { wrongContainers } from "./containers.ts";
import {
  leftInDocker,
  leftNames,
  leftProcesses,
  leftVars,
  putAside,
  wrongCheckouts,
  wrongPrepared,
} from "./left.ts";
import { appRow, liveRelease, newestCommit } from "./records.ts";
import { wrongStatus } from "./status.ts";
import type { World } from "./world.ts";

/**
 * Everything that is not as it should be: one release serves whole on every host name and is the one called live, no
 * other's content anywhere, nothing is orphaned, no lock is held, no release is unfinished, the branch is where what was
 * pushed last is live, and `octo status` says so. Empty when all is well.
 * @param pruned a release has gone live since the last blow: what one that was cut off had made is gone with it
 */
export async function whatIsWrong(world: World, pruned: boolean): Promise<string[]> {
  const { host, subject } = world;
  const statuses = rowsOf<{ app: string; version: number; status: string }>(
    host,
    "SELECT app, version, status FROM releases",
  );
  const unfinished = statuses.filter(({ status }) => /^(?:building|publishing)$/.test(status));
  const live = liveRelease(world);
  const content = world.contents.get(live?.commit ?? "") ?? null;
  const isStopped = appRow(world)?.stopped === 1;
  const state = { live, content, isStopped };
  const containers = await containersOf(host.instance);
  const isProject = Object.keys(content?.services ?? {}).length > 0;
  const found = await Promise.all([
    wrongAnswers(world, state),
    wrongContainers(world, state, containers),
    wrongNetworks(host, isProject ? [subject.id] : []),
  ]);
  const wrong = [
    ...unfinished.map(({ app, version, status }) => `v${version} of ${app} is still ${status}`),
    ...wrongLeases(host, containers),
    ...found.flat(),
  ];
  if (wrong.length > 0) {
    return wrong;
  }
  // The dearest last, since this is asked again and again until all is well.
  const dear = await Promise.all([
    wrongStatus(world, state),
    wrongRef(world),
    pruned ? wrongCheckouts(world, live?.commit ?? null) : [],
    wrongPrepared(world),
    leftFiles(host),
    leftInDocker(world, pruned),
    leftNames(world),
    leftProcesses(world),
    leftVars(world),
    putAside(world),
  ]);
  return dear.flat();
}

/** Elsewhere, git would say that everything is up to date to who pushes what is not live. */
async function wrongRef(world: World): Promise<string[]> {
  const { host, subject } = world;
  const ref = `refs/heads/${subject.branch}`;
  const repository = join(host.data, "repositories", `${subject.repository}.git`);
  const where = ["-c", "safe.directory=*", "-C", repository];
  const { stdout } = await exec("git", [...where, "for-each-ref", "--format=%(objectname)", ref]);
  const due = newestCommit(world, "reason = 'push'");
  return stdout.trim() === due
    ? []
    : [`${ref} is at ${stdout.trim() || "nothing"}, and what was pushed is ${due || "nothing"}`];
}
