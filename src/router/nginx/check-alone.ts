import { rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { complaint } from "./binary.ts";

export interface CheckOptions {
  readonly binary: string;
  /** Where the configurations of checks are written. */
  readonly folder: string;
  /** The main configuration with this one vhost file. */
  readonly render: (vhost: string) => string;
}

/** Why nginx doesn't take a vhost file alone; null when it does. */
export type ComplaintAbout = (vhost: string) => Promise<string | null>;

export function createCheckAlone({ binary, folder, render }: CheckOptions): ComplaintAbout {
  let count = 0;
  return async (vhost) => {
    const main = join(folder, `${++count}.conf`);
    await writeFile(main, render(vhost));
    try {
      return await complaint({ binary, main, prefix: folder });
    } finally {
      await rm(main, { force: true });
    }
  };
}
