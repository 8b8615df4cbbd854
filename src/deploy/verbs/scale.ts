import type { App } from "../../app.ts";
import { isGokuError, noMainService } from "../../errors.ts";
import type { ComposeProject } from "../../project.ts";
import type { Release } from "../../release.ts";
import { readScale, type Scale, writeScale } from "../plan/scale.ts";
import { isCompose, mainService, type Runnable, scaleOf } from "../plan/shape.ts";
import type { Parts, Request } from "../parts.ts";
import { liveRelease } from "../story/release-again.ts";
import { changeVars } from "./config.ts";
import { withService } from "./find-service.ts";

export interface Scaled {
  /** False when it had that many already. */
  readonly changed: boolean;
  /** The live one, or what was live when the app was stopped. */
  readonly release: Release;
  /** Containers of each service from now on; empty for a Dockerfile. */
  readonly services: Readonly<Record<string, number>>;
}

/**
 * Runs the app, or services of its project, in so many containers from now on; the same again changes nothing.
 * @throws noServices, noSuchService, noMainService, badProject for a number that is none
 */
export async function scale(
  parts: Parts,
  app: App,
  wish: Scale,
  request: Request,
): Promise<Scaled> {
  const live = liveRelease(parts, app);
  const wanted = placed(app, live, wish);
  const said = describe(wish);
  let vars = live.vars;
  const choose = (before: Readonly<Record<string, string>>) => {
    const text = writeScale(merged(live, before["CONTAINERS"], wanted));
    vars = { ...before, CONTAINERS: text };
    return { change: { set: { CONTAINERS: text }, remove: [] }, reason: `scale to ${said}` };
  };
  const { changed, release } = await changeVars(
    parts,
    app,
    `a scaling to ${said}`,
    choose,
    request,
  );
  if (changed.length > 0 && release === null) {
    request.report.step(`${app.name} will run in ${said}, once it starts: octo start ${app.name}`);
  }
  return {
    changed: changed.length > 0,
    release: release ?? live,
    services: isCompose(live) ? scales(live.project, vars) : {},
  };
}

/** The main service is meant by its name and without a name alike. */
function placed(app: App, live: Runnable, { main, services }: Scale): Scale {
  Object.keys(services).forEach((name) => withService(app, live, name));
  if (!isCompose(live)) {
    return { main, services };
  }
  const mainName = mainService(live.project);
  if (mainName === null) {
    if (main !== null) {
      throw noMainService(
        app.name,
        `octo scale ${app.name} ${namesOf(live.project)[0] ?? "SERVICE"}=2`,
      );
    }
    return { main, services };
  }
  const { [mainName]: named = main, ...others } = services;
  return { main: named, services: others };
}

/** What is set stays for services that are not named. */
function merged(live: Runnable, text: string | undefined, wanted: Scale): Scale {
  const { main, services } = readable(text);
  const mainName = isCompose(live) ? mainService(live.project) : null;
  const others = Object.entries(services).filter(
    ([name]) => wanted.main === null || name !== mainName,
  );
  return {
    main: wanted.main ?? main,
    services: { ...Object.fromEntries(others), ...wanted.services },
  };
}

/** What somebody has set wrong elsewhere is put right by this. */
function readable(text: string | undefined): Scale {
  try {
    return readScale(text);
  } catch (error) {
    if (isGokuError(error)) {
      return { main: null, services: {} };
    }
    throw error;
  }
}

function describe({ main, services }: Scale): string {
  const named = Object.entries(services).map(([name, count]) => `${count} of ${name}`);
  return [...(main === null ? [] : [String(main)]), ...named].join(", ");
}

function scales(project: ComposeProject, vars: Release["vars"]): Record<string, number> {
  return Object.fromEntries(
    namesOf(project).map((name) => [name, scaleOf({ project, vars }, name)]),
  );
}

function namesOf({ services }: ComposeProject): string[] {
  return services.map(({ name }) => name);
}
