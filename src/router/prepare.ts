import { rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type GokuError, nginxFailed } from "../errors.ts";
import type { PreparedRoute } from "../ports.ts";
import type { Route } from "../route.ts";
import { writeFileAtomically } from "../system/file.ts";
import { complaint, sentence } from "./nginx/binary.ts";
import type { Places } from "./places.ts";
import { badTemplate, renderAlternative } from "./text/alternative.ts";
import { checkCertificate } from "./text/certificate.ts";
import { renderVhost, type Surroundings } from "./text/render.ts";
import { fileMode } from "./vhosts.ts";

export interface PrepareOptions {
  readonly places: Places;
  readonly surroundings: Surroundings;
  readonly binary: string;
  /** The main configuration with this one vhost file. */
  readonly renderCheck: (vhost: string) => string;
}

export interface Prepare {
  /** The vhost of a route. @throws badProject */
  readonly render: (route: Route) => Promise<string>;
  /** @throws nginxFailed, badProject */
  readonly prepare: (route: Route) => Promise<PreparedRoute>;
  /** Why nginx doesn't take a vhost file alone; null when it does. */
  readonly complaintAbout: (vhost: string) => Promise<string | null>;
  /** The file in which a prepared route waits. */
  readonly fileOf: (prepared: PreparedRoute) => string | null;
}

/** Rendering and checking of one route: it happens while the candidate proves itself. */
export function createPrepare({
  places,
  surroundings,
  binary,
  renderCheck,
}: PrepareOptions): Prepare {
  let count = 0;
  const files = new WeakMap<PreparedRoute, string>();
  const newest = new Map<string, string>();

  async function complaintAbout(vhost: string) {
    const main = join(places.check, `${++count}.conf`);
    await writeFile(main, renderCheck(vhost));
    try {
      return await complaint({ binary, main, prefix: places.check });
    } finally {
      await rm(main, { force: true });
    }
  }

  const render = (route: Route) => textOf(route, surroundings);

  async function prepare(route: Route) {
    const text = await render(route);
    if (route.certificate !== null) {
      await checkCertificate(route.certificate);
    }
    const { app } = route;
    const file = join(places.prepared, `${app}.${++count}.conf`);
    await writeFileAtomically(file, text, { mode: fileMode });
    const stderr = await complaintAbout(file);
    if (stderr !== null) {
      await rm(file, { force: true });
      throw notAccepted(route, sentence(stderr, file));
    }
    const forgotten = newest.get(app);
    newest.set(app, file);
    if (forgotten !== undefined) {
      // Should that one be published after all, it is written anew.
      await rm(forgotten, { force: true });
    }
    const prepared: PreparedRoute = { app, text };
    files.set(prepared, file);
    return prepared;
  }

  return { render, prepare, complaintAbout, fileOf: (prepared) => files.get(prepared) ?? null };
}

async function textOf(route: Route, surroundings: Surroundings): Promise<string> {
  return route.template === null
    ? renderVhost(route, surroundings)
    : renderAlternative(route.template, route, surroundings);
}

function notAccepted({ app, template }: Route, why: string): GokuError {
  return template === null
    ? nginxFailed(`nginx does not accept the route of ${app}: ${why}.`)
    : badTemplate(template, `is not accepted by nginx: ${why}.`);
}
