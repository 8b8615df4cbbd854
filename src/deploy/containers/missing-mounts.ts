import { stat } from "node:fs/promises";
import type { Project } from "../../project.ts";
import { hasErrno } from "../../system/errno.ts";
import type { Report } from "../report.ts";

/** Docker makes a folder of the server that is not there (`# MOUNT_FROM_HOST`); a slip of the pen would go unseen. */
export async function tellMissingMounts(project: Project, report: Report): Promise<void> {
  const mounts = project.kind === "dockerfile" ? project.mounts : [];
  const missing = await Promise.all(mounts.map(({ source }) => isMissing(source)));
  mounts
    .filter((_, at) => missing[at])
    .forEach(({ source }) => {
      report.detail(
        `${source} is not on the server yet (# MOUNT_FROM_HOST): Docker makes it, as an empty folder of root's.`,
      );
    });
}

/** False for what may not be looked at. */
async function isMissing(path: string): Promise<boolean> {
  try {
    await stat(path);
    return false;
  } catch (error) {
    return hasErrno(error, "ENOENT");
  }
}
