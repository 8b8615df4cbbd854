import { readdir } from "node:fs/promises";
import { hasErrno } from "../../system/errno.ts";

/** True when the distribution's nginx was never given a site: it serves its package's default page and nothing else. */
export async function isDistributionDefault(folder = "/etc/nginx"): Promise<boolean> {
  const sites = await names(`${folder}/sites-enabled`);
  const extras = await names(`${folder}/conf.d`);
  return sites.length === 1 && sites[0] === "default" && extras.length === 0;
}

async function names(folder: string): Promise<string[]> {
  try {
    return await readdir(folder);
  } catch (error) {
    if (hasErrno(error, "ENOENT")) {
      return [];
    }
    throw error;
  }
}
