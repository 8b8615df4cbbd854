import { createHash } from "node:crypto";
import { join } from "node:path";

/** Where the router keeps what. Nothing depends on nginx's prefix or working directory. */
export interface Places {
  readonly folder: string;
  /** nginx's configuration (-c). */
  readonly main: string;
  /** The main configuration of this Goku before it is known to be good. */
  readonly newMain: string;
  readonly state: string;
  readonly pid: string;
  readonly status: string;
  /** `<app>.conf`, beside it `.last` (served before it) and `.broken` (set aside). */
  readonly apps: string;
  /** Copies of certificates and keys: `<app>/<content>/`. */
  readonly certificates: string;
  /** Rendered and checked, not published. */
  readonly prepared: string;
  /** What a check of one file alone needs beside it. */
  readonly check: string;
  /** With a generation behind it: the file that exists while the workers of that generation are about to be replaced. */
  readonly leaving: string;
  /** For what templates of others buffer: Goku's own keep nothing on disk. */
  readonly temp: string;
  readonly logFolder: string;
  readonly errorLog: string;
}

export interface PlaceOptions {
  readonly folder: string;
  readonly logFolder: string;
  /** Goku is root, and nginx's workers are not. */
  readonly otherUser: boolean;
}

/** Where things are on disk. Pure. */
export function placesOf({ folder, logFolder, otherUser }: PlaceOptions): Places {
  const hash = createHash("sha256").update(folder).digest("hex").slice(0, 12);
  return {
    folder,
    main: join(folder, "nginx.conf"),
    newMain: join(folder, "nginx.conf.new"),
    state: join(folder, "state.conf"),
    pid: join(folder, "nginx.pid"),
    // nginx killed without a chance to clean up leaves its socket, and then cannot start: /run is empty after a reboot, and
    // nginx's unit removes it (install/units.sh has the path as well).
    status: otherUser ? `/run/goku-nginx-${hash}.sock` : join(folder, "status.sock"),
    apps: join(folder, "apps"),
    certificates: join(folder, "certificates"),
    prepared: join(folder, "prepared"),
    check: join(folder, "check"),
    // Workers look there at every request, and may not be let into Goku's own folder.
    leaving: otherUser ? `/run/goku-nginx-${hash}.leaving.` : join(folder, "leaving."),
    temp: join(folder, "temp"),
    logFolder,
    errorLog: join(logFolder, "nginx-error.log"),
  };
}

export function accessLogPath(places: Pick<Places, "logFolder">, app: string): string {
  return join(places.logFolder, `${app}.access.log`);
}
