import { isDeepStrictEqual } from "node:util";
import type { App } from "../../app.ts";
import { badProject, noSuchRelease, notAllowed } from "../../errors.ts";
import type { VarChange } from "../../ports.ts";
import type { Release } from "../../release.ts";
import type { Parts, Request } from "../parts.ts";
import { goneImages, goneImagesAre } from "../story/gone-images.ts";
import { releaseAgain } from "../story/release-again.ts";
import { isCompose, isRunnable, type Runnable } from "../plan/shape.ts";
import { adminVars } from "../../var.ts";
import { changedKeys, differences, namesIn } from "../plan/var-change.ts";
import { assertDomainsAllowed } from "./config.ts";

/**
 * Goes back to a release: images, what its compose file said, config vars, domains and scale, without a build.
 * `version` null is the newest earlier one that differs from what is live.
 */
export async function rollback(
  parts: Parts,
  app: App,
  version: number | null,
  request: Request,
): Promise<Release> {
  const title = `a rollback by ${request.by}`;
  let told: readonly string[] = [];
  const release = await releaseAgain(parts, app, title, request, async (live) => {
    const target = version === null ? previous(parts, app, live) : find(parts, app, version);
    await assertImages(parts, app, target);
    const before = await parts.vars.read(app.name);
    const change = differences(before, target.vars);
    assertMayChange(change, request);
    assertDomainsAllowed(parts, app, before, target.vars, request);
    const reason = `rollback to v${target.version}`;
    told = whatVarsDo(app, live, before, change);
    return { base: target, vars: target.vars, reason, change };
  });
  told.forEach((line) => request.report.detail(line));
  return release;
}

/** Some vars name files of the server. @throws notAllowed */
function assertMayChange({ set, remove }: VarChange, { by, byAdmin }: Request): void {
  const theirs = [...Object.keys(set), ...remove].filter((name) => adminVars.has(name));
  if (!byAdmin && theirs.length > 0) {
    throw notAllowed(by, `change ${theirs.join(" and ")} by a rollback, which is for admins`);
  }
}

/** Vars that were set since go unnoticed otherwise, and are missed later. */
function whatVarsDo(
  app: App,
  live: Runnable,
  before: Release["vars"],
  change: VarChange,
): readonly string[] {
  const names = namesIn(change, before);
  if (names === "") {
    return [];
  }
  // As --no-restart leaves them.
  const since = changedKeys(live.vars, before);
  const but = since.length === 0 ? "" : `; changed since then and not in it: ${since.join(", ")}`;
  return [
    `Config vars went back as well: ${names}`,
    `The way back: octo rollback ${app.name} v${live.version}${but}`,
  ];
}

function find(parts: Parts, app: App, version: number): Runnable {
  const release = parts.store.releases.find(app.id, version);
  if (release === null) {
    throw noSuchRelease(app.name, version);
  }
  if (!hasServed(release)) {
    throw badProject(
      `v${version} of ${app.name} never went live (${release.status}).`,
      `Choose one that did: octo releases ${app.name}`,
    );
  }
  return release;
}

function previous(parts: Parts, app: App, live: Runnable): Runnable {
  const earlier = parts.store.releases
    .list(app.id)
    .filter((release) => release.version < live.version)
    .filter(hasServed)
    .find((release) => !sameContent(release, live));
  if (earlier === undefined) {
    throw noSuchRelease(app.name, null);
  }
  return earlier;
}

function hasServed(release: Release): release is Runnable {
  return isRunnable(release) && (release.status === "retired" || release.status === "live");
}

/** @throws badProject where one of them is not there any more */
async function assertImages(parts: Parts, app: App, target: Runnable): Promise<void> {
  const gone = await goneImages(parts, target);
  if (gone.ids.size === 0) {
    return;
  }
  throw badProject(
    `${goneImagesAre(app.name, target.version, gone)} gone; Goku keeps ${parts.settings.keepImages}.`,
    target.status === "live"
      ? `It is the live release: octo restart ${app.name} builds it again.`
      : "Push that commit again, or keep more: the setting keep_images.",
  );
}

/** A restart makes a release that differs in nothing; going back to it would change nothing. */
function sameContent(one: Runnable, other: Runnable): boolean {
  const { set, remove } = differences(one.vars, other.vars);
  return isDeepStrictEqual(contentOf(one), contentOf(other)) && isEmpty(set) && remove.length === 0;
}

function isEmpty(vars: Release["vars"]): boolean {
  return Object.keys(vars).length === 0;
}

/** What runs, apart from the vars. */
function contentOf(release: Runnable) {
  if (!isCompose(release)) {
    return release.image;
  }
  const { definition, images, routes } = release.project;
  return { definition, images, routes };
}
