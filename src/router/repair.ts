import { readFile } from "node:fs/promises";
import { nginxFailed } from "../errors.ts";
import type { Log } from "../system/log.ts";
import { complaint, type Nginx, sentence } from "./nginx/binary.ts";
import type { Vhosts } from "./vhosts.ts";
import type { ComplaintAbout } from "./nginx/check-alone.ts";

export interface Repair {
  readonly nginx: Nginx;
  readonly vhosts: Vhosts;
  readonly complaintAbout: ComplaintAbout;
  readonly log: Log;
}

/**
 * Until nginx takes the configuration as a whole: a vhost that is in the way (edited by hand, a certificate that is
 * gone, a bad disk) falls back to what it was before, or is set aside as `.broken`, so that the others serve.
 * @returns the apps concerned
 * @throws nginxFailed when the fault is in no vhost
 */
export async function repair(parts: Repair): Promise<string[]> {
  const { nginx, vhosts, log } = parts;
  const seen = new Set<string>();
  for (;;) {
    const stderr = await complaint(nginx);
    if (stderr === null) {
      return [...seen];
    }
    const culprits = await findCulprits(stderr, parts);
    if (culprits.length === 0) {
      throw nginxFailed(
        `nginx does not accept its configuration: ${sentence(stderr, nginx.main)}.`,
        stderr.trim().split("\n"),
      );
    }
    for (const app of culprits) {
      const reason = sentence(stderr, vhosts.pathOf(app));
      if (seen.has(app) || !(await fellBack(app, vhosts))) {
        await vhosts.setAside(app);
        log.error({ app, reason }, "nginx does not accept this app's vhost: set aside as .broken");
      } else {
        log.error(
          { app, reason },
          "nginx does not accept this app's vhost: the one before is back",
        );
      }
      seen.add(app);
    }
  }
}

/** True when there was something else to go back to. */
async function fellBack(app: string, vhosts: Vhosts): Promise<boolean> {
  const broken = await vhosts.read(app);
  const last = await vhosts.readLast(app);
  if (last === null || last === broken) {
    return false;
  }
  await vhosts.putBack([app]);
  return true;
}

/** By what nginx names (the file, or a path in it), else by asking about each vhost alone. */
async function findCulprits(stderr: string, parts: Repair): Promise<string[]> {
  const { vhosts } = parts;
  const apps = await vhosts.apps();
  const named = apps.filter((app) => stderr.includes(` in ${vhosts.pathOf(app)}:`));
  if (named.length > 0) {
    return named;
  }
  const quoted = [...stderr.matchAll(/"(\/[^"]+)"/g)].map(([, path]) => path ?? "");
  const naming: string[] = [];
  for (const app of apps) {
    const text = await readFile(vhosts.pathOf(app), "utf8");
    if (quoted.some((path) => text.includes(` ${path};`))) {
      naming.push(app);
    }
  }
  const suspects = naming.length > 0 ? naming : apps;
  const guilty: string[] = [];
  for (const app of suspects) {
    if ((await parts.complaintAbout(vhosts.pathOf(app))) !== null) {
      guilty.push(app);
    }
  }
  return guilty;
}
