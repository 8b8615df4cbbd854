import { randomBytes } from "node:crypto";
import { readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import type { Log } from "../system/log.ts";

/** Names under which something is made that is renamed once it is whole. */
export interface Temporaries {
  /** Gives the work a path in the folder where nothing is, and removes what is still there afterwards. */
  use<T>(folder: string, work: (path: string) => Promise<T>): Promise<T>;
  /** Removes what a Goku that was killed left in the folder. */
  clear(folder: string): Promise<void>;
}

const pattern = /^\.[0-9a-f]{12}\.tmp$/;

export const isTemporary = (name: string) => pattern.test(name);

export function createTemporaries(log: Log): Temporaries {
  const inUse = new Set<string>();
  return {
    async use(folder, work) {
      const path = join(folder, `.${randomBytes(6).toString("hex")}.tmp`);
      inUse.add(path);
      try {
        return await work(path);
      } finally {
        await rm(path, { recursive: true, force: true }).catch((error: unknown) =>
          log.error({ err: error, path }, "what was not finished could not be removed"),
        );
        inUse.delete(path);
      }
    },

    async clear(folder) {
      const left = (await readdir(folder)).filter(isTemporary).map((name) => join(folder, name));
      for (const path of left.filter((each) => !inUse.has(each))) {
        await rm(path, { recursive: true, force: true });
      }
    },
  };
}
