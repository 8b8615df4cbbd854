import { randomBytes } from "node:crypto";
import { readdir, rename, rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import { hasErrno } from "../system/errno.ts";
import type { Log } from "../system/log.ts";

/** Names under which something is made that is renamed once it is whole, and what is no longer whole. */
export interface Temporaries {
  /** Gives the work a path in the folder where nothing is, and removes what is still there afterwards. */
  use<T>(folder: string, work: (path: string) => Promise<T>): Promise<T>;
  /** Removes a file or folder, which has lost its name before the first part of it goes. None may be there. */
  remove(path: string): Promise<void>;
  /** Removes what a Goku that was killed left in the folder. */
  clear(folder: string): Promise<void>;
}

const pattern = /^\.[0-9a-f]{12}\.tmp$/;

export const isTemporary = (name: string) => pattern.test(name);

export function createTemporaries(log: Log): Temporaries {
  const inUse = new Set<string>();
  const nameIn = (folder: string) => join(folder, `.${randomBytes(6).toString("hex")}.tmp`);
  return {
    async use(folder, work) {
      const path = nameIn(folder);
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

    async remove(path) {
      const temporary = nameIn(dirname(path));
      inUse.add(temporary);
      try {
        await rename(path, temporary);
        await rm(temporary, { recursive: true });
      } catch (error) {
        if (!hasErrno(error, "ENOENT")) {
          throw error;
        }
      } finally {
        inUse.delete(temporary);
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
