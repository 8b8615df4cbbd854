import { readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { messageOf } from "../../errors.ts";
import type { Certificate, Route } from "../../route.ts";
import { hasErrno } from "../../system/errno.ts";
import { namesIn } from "../../system/file.ts";
import type { Log } from "../../system/log.ts";
import type { ComplaintAbout } from "../nginx/check-alone.ts";
import type { Places } from "../places.ts";
import { checkRoute } from "../text/check-route.ts";
import type { Surroundings } from "../text/render.ts";
import type { Vhosts } from "../vhosts.ts";
import { checkPair, copyIn, nameOf, type Pair, readPair, writePair } from "./files.ts";
import { createPatientRead } from "./patient-read.ts";
import { createTryOut } from "./try-out.ts";

export interface CopyParts {
  readonly places: Places;
  readonly vhosts: Pick<Vhosts, "read" | "readLast">;
  readonly surroundings: Surroundings;
  readonly complaintAbout: ComplaintAbout;
  readonly log: Log;
}

/**
 * Certificates and keys as nginx reads them: each pair that was found in order is copied, named by its content. So what
 * happens to the files later stands in no reload's way.
 */
export interface Copies {
  /** The route with copies in place of its certificate's files. @throws badProject, nginxFailed where those are not in order */
  inPlace(route: Route): Promise<Route>;
  /** The same; while the files are not in order it has what the app is served with, and that is logged once. */
  inPlaceOrServed(route: Route): Promise<Route>;
  /** Apps with a copy. One that is made by a look at an app as that is removed stays behind. */
  apps(): Promise<string[]>;
  /** Removes those that the app is not served with, and was not before its last switch; it never rejects. */
  prune(app: string): Promise<void>;
}

export function createCopies(parts: CopyParts): Copies {
  const { places, vhosts, log } = parts;
  const read = createPatientRead();
  const tryOut = createTryOut(parts);
  let asking = 0;
  /** Why an app's files are not in order, for those that are not. */
  const reasons = new Map<string, string>();

  const foldersOf = async (app: string) =>
    (await namesIn(join(places.certificates, app))).map((name) =>
      join(places.certificates, app, name),
    );

  async function inPlace(route: Route): Promise<Route> {
    checkRoute(route);
    return route.certificate === null
      ? route
      : { ...route, certificate: await copy(route, route.certificate) };
  }

  async function copy({ app }: Route, files: Certificate): Promise<Certificate> {
    asking++;
    try {
      const pair = await readPair(files, read);
      const wanted = copyIn(join(places.certificates, app, nameOf(pair)));
      if (!(await holds(wanted, pair))) {
        checkPair(pair, files);
        await tryOut.assertTaken(pair, files, app);
        await writePair(wanted, pair);
        log.info({ app, ...files }, "the app's certificate was copied for nginx");
      }
      return wanted;
    } finally {
      asking--;
      if (asking === 0) {
        tryOut.forget();
      }
    }
  }

  /** The copy that the app's vhost names; the files themselves where it names none. */
  async function served(app: string, files: Certificate): Promise<Certificate | null> {
    const vhost = await vhosts.read(app);
    if (vhost === null) {
      return null;
    }
    const folder = (await foldersOf(app)).find((each) => vhost.includes(`${each}/`));
    return folder === undefined ? files : copyIn(folder);
  }

  async function inPlaceOrServed(route: Route): Promise<Route> {
    const { app } = route;
    try {
      const placed = await inPlace(route);
      if (reasons.delete(app)) {
        log.info({ app }, "the files of the app's certificate are in order again");
      }
      return placed;
    } catch (error) {
      const certificate = route.certificate === null ? null : await served(app, route.certificate);
      if (certificate === null) {
        throw error;
      }
      const reason = messageOf(error);
      if (reasons.get(app) !== reason) {
        reasons.set(app, reason);
        log.warn({ app, reason }, "the app's certificate is not in order: it is served as before");
      }
      return { ...route, certificate };
    }
  }

  async function prune(app: string): Promise<void> {
    const vhost = await vhosts.read(app);
    if (vhost === null) {
      reasons.delete(app);
      await rm(join(places.certificates, app), { recursive: true, force: true });
      return;
    }
    const texts = `${vhost}${await vhosts.readLast(app)}`;
    const unused = (await foldersOf(app)).filter((folder) => !texts.includes(`${folder}/`));
    await Promise.all(unused.map((folder) => rm(folder, { recursive: true, force: true })));
  }

  return {
    inPlace,
    inPlaceOrServed,
    apps: () => namesIn(places.certificates),
    prune: (app) =>
      prune(app).catch((error: unknown) =>
        log.warn({ err: error, app }, "copies of old certificates are left"),
      ),
  };
}

/** False also for a copy that was damaged or is not complete. */
async function holds(copy: Certificate, pair: Pair): Promise<boolean> {
  try {
    const [certificate, key] = [await readFile(copy.certificate), await readFile(copy.key)];
    return certificate.equals(pair.certificate) && key.equals(pair.key);
  } catch (error) {
    if (hasErrno(error, "ENOENT")) {
      return false;
    }
    throw error;
  }
}
