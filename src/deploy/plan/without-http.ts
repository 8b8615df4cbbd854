import type { App } from "../../app.ts";
import type { Parts } from "../parts.ts";
import { hostsOf } from "./domains-of.ts";
import { hasHttp, isRunnable, type Runnable, urlsOf } from "./shape.ts";
import { readWishes } from "./wishes.ts";

/** Why no host name can lead to a release, as the end of a sentence; null where one can. */
export function whyNoHttp(release: Pick<Runnable, "project" | "vars">): string | null {
  if (hasHttp(release)) {
    return null;
  }
  const { project, vars } = release;
  if (readWishes(vars).noHttp) {
    return "its config var NO_HTTP_PROXY is set";
  }
  if (project.kind === "compose") {
    return `${project.file} sends HTTP to none of its services`;
  }
  return project.exposed.length > 0
    ? `its ${project.dockerfile} says # NO_HTTP_PROXY`
    : `its ${project.dockerfile} exposes no TCP port (EXPOSE)`;
}

/** What is to be said of a release that takes an app off the air which has an address now; null for any other. */
export function lostAddress(parts: Parts, app: App, release: Runnable): string | null {
  const before = parts.store.releases.live(app.id);
  const why = whyNoHttp(release);
  if (before === null || !isRunnable(before) || why === null) {
    return null;
  }
  const [url] = urlsOf(before, hostsOf(parts, app, before), parts.settings);
  return url === undefined
    ? null
    : `${app.name} was served at ${url} (v${before.version}), and will not be any more, since ${why}.`;
}
