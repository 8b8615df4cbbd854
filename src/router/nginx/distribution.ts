import { namesIn } from "../../system/file.ts";

/** True when the distribution's nginx was never given a site: it serves its package's default page and nothing else. */
export async function isDistributionDefault(folder = "/etc/nginx"): Promise<boolean> {
  const sites = await namesIn(`${folder}/sites-enabled`);
  const extras = await namesIn(`${folder}/conf.d`);
  return sites.length === 1 && sites[0] === "default" && extras.length === 0;
}
