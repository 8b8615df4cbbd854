import { readdir, readFile } from "node:fs/promises";

/** How many git processes serve the repository at this path over HTTP. */
export async function servingGits(path: string): Promise<number> {
  let count = 0;
  for (const pid of (await readdir("/proc")).filter((name) => /^\d+$/.test(name))) {
    const line = await readFile(`/proc/${pid}/cmdline`, "utf8").catch(() => "");
    if (line.includes(`${path}\0`) && line.includes("--stateless-rpc")) {
      count += 1;
    }
  }
  return count;
}
