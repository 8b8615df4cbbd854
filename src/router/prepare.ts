import { rm } from "node:fs/promises";
import { join } from "node:path";
import type { PreparedRoute } from "../ports.ts";
import type { PrepareOptions, Route } from "../route.ts";
import { writeFileAtomically } from "../system/file.ts";
import type { Copies } from "./certificate/copies.ts";
import { notAccepted, sentence } from "./nginx/binary.ts";
import type { ComplaintAbout } from "./nginx/check-alone.ts";
import type { Places } from "./places.ts";
import { badTemplate, renderAlternative } from "./text/alternative.ts";
import { renderVhost, type Surroundings } from "./text/render.ts";
import { fileMode } from "./vhosts.ts";

export interface PrepareParts {
  readonly places: Places;
  readonly surroundings: Surroundings;
  readonly copies: Copies;
  readonly complaintAbout: ComplaintAbout;
}

export interface Prepare {
  /** The vhost of a route. @throws badProject, nginxFailed */
  readonly render: (route: Route, options: PrepareOptions) => Promise<string>;
  /** @throws nginxFailed, badProject */
  readonly prepare: (route: Route, options: PrepareOptions) => Promise<PreparedRoute>;
  /** The file in which a prepared route waits. */
  readonly fileOf: (prepared: PreparedRoute) => string | null;
}

/** Rendering and checking of one route: it happens while the candidate proves itself. */
export function createPrepare(parts: PrepareParts): Prepare {
  const { places, surroundings, copies, complaintAbout } = parts;
  let count = 0;
  const files = new WeakMap<PreparedRoute, string>();
  const newest = new Map<string, string>();

  async function render(route: Route, { servedCertificate = false }: PrepareOptions) {
    const placed = await (servedCertificate
      ? copies.inPlaceOrServed(route)
      : copies.inPlace(route));
    return route.template === null
      ? renderVhost(placed, surroundings)
      : renderAlternative(route.template, placed, surroundings);
  }

  async function prepare(route: Route, options: PrepareOptions) {
    const text = await render(route, options);
    const { app, template } = route;
    const file = join(places.prepared, `${app}.${++count}.conf`);
    await writeFileAtomically(file, text, { mode: fileMode });
    const stderr = await complaintAbout(file);
    if (stderr !== null) {
      await rm(file, { force: true });
      throw template === null
        ? notAccepted(app, stderr, file)
        : badTemplate(template, `is not accepted by nginx: ${sentence(stderr, file)}.`);
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

  return { render, prepare, fileOf: (prepared) => files.get(prepared) ?? null };
}
