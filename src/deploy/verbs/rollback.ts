import type { App } from "../../app.ts";
import { badProject, noSuchRelease } from "../../errors.ts";
import type { Release } from "../../release.ts";
import type { Parts, Request } from "../parts.ts";
import { releaseAgain } from "../story/release-again.ts";
import { isRunnable, type Runnable } from "../plan/shape.ts";
import { differences } from "../plan/var-change.ts";

/**
 * Goes back to a release: image, config vars, domains and scale, without a build.
 * `version` null is the newest earlier one that differs from what is live.
 */
export async function rollback(
  parts: Parts,
  app: App,
  version: number | null,
  request: Request,
): Promise<Release> {
  const title = `a rollback by ${request.by}`;
  return releaseAgain(parts, app, title, request, async (live) => {
    const target = version === null ? previous(parts, app, live) : find(parts, app, version);
    if (!(await parts.engine.hasImage(target.image))) {
      throw badProject(
        `The image of v${target.version} of ${app.name} is gone; Goku keeps ${parts.settings.keepImages}.`,
        "Push that commit again, or keep more: the setting keep_images.",
      );
    }
    const change = differences(await parts.vars.read(app.name), target.vars);
    const reason = `rollback to v${target.version}`;
    return { base: target, vars: target.vars, reason, change };
  });
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

/** A restart makes a release that differs in nothing; going back to it would change nothing. */
function sameContent(one: Runnable, other: Runnable): boolean {
  return (
    one.image === other.image &&
    Object.keys(differences(one.vars, other.vars).set).length === 0 &&
    differences(one.vars, other.vars).remove.length === 0
  );
}
