import { link, readdir, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { hasErrno } from "../system/errno.ts";
import { readFileIfAny, writeFileAtomically } from "../system/file.ts";
import type { Places } from "./places.ts";
import { usesHttps } from "./text/render.ts";

/** What becomes of an app's vhost. */
export interface VhostChange {
  readonly app: string;
  /** null takes the app off the air. */
  readonly text: string | null;
  /** A file that already has the text, safe on disk; it is moved, and written anew where it is gone. */
  readonly file: string | null;
}

/** Readable by Goku and nginx's master alone. */
export const fileMode = 0o600;

/** Vhost files on disk. What is there is what nginx serves, or is being switched to; `.last` is what it served before. */
export interface Vhosts {
  apps(): Promise<string[]>;
  read(app: string): Promise<string | null>;
  /** What it was before the last change; null when there was nothing. */
  readLast(app: string): Promise<string | null>;
  /** True while some vhost answers HTTPS. */
  anyHttps(): Promise<boolean>;
  /** Keeps what is served as `.last` and puts the new in its place; all of them or none. */
  put(changes: readonly VhostChange[]): Promise<void>;
  /** Undoes `put`: what served before is back, or nothing where there was nothing. */
  putBack(apps: readonly string[]): Promise<void>;
  /** Out of nginx's sight, for a person to look at. */
  setAside(app: string): Promise<void>;
  pathOf(app: string): string;
}

export function createVhosts(places: Places): Vhosts {
  let withHttps: Set<string> | null = null;

  const pathOf = (app: string) => join(places.apps, `${app}.conf`);
  const lastOf = (app: string) => `${pathOf(app)}.last`;
  const read = (app: string) => readFileIfAny(pathOf(app));

  async function apps() {
    const names = await readdir(places.apps);
    return names.flatMap((name) => (name.endsWith(".conf") ? [name.slice(0, -5)] : [])).sort();
  }

  async function knownHttps(): Promise<Set<string>> {
    if (withHttps === null) {
      const texts = await Promise.all(
        (await apps()).map(async (app) => [app, await read(app)] as const),
      );
      withHttps = new Set(texts.flatMap(([app, text]) => (usesHttps(text ?? "") ? [app] : [])));
    }
    return withHttps;
  }

  async function noteHttps(app: string, text: string | null) {
    const known = await knownHttps();
    if (usesHttps(text ?? "")) {
      known.add(app);
    } else {
      known.delete(app);
    }
  }

  async function putOne({ app, text, file }: VhostChange) {
    if (text === null) {
      await rm(pathOf(app), { force: true });
    } else if (file === null || !(await moved(file, pathOf(app)))) {
      await writeFileAtomically(pathOf(app), text, { mode: fileMode });
    }
    await noteHttps(app, text);
  }

  async function putBackOne(app: string) {
    await copyOver(lastOf(app), pathOf(app));
    await noteHttps(app, await read(app));
  }

  return {
    apps,
    read,
    readLast: (app) => readFileIfAny(lastOf(app)),
    pathOf,
    anyHttps: async () => (await knownHttps()).size > 0,
    put: async (changes) => {
      const kept: string[] = [];
      try {
        for (const change of changes) {
          await copyOver(pathOf(change.app), lastOf(change.app));
          kept.push(change.app);
          await putOne(change);
        }
      } catch (error) {
        await Promise.all(kept.map(putBackOne));
        throw error;
      }
    },
    putBack: async (names) => {
      await Promise.all(names.map(putBackOne));
    },
    setAside: async (app) => {
      await rename(pathOf(app), `${pathOf(app)}.broken`);
      await noteHttps(app, null);
    },
  };
}

/** `to` becomes what `from` is, at once: also when that is nothing. */
async function copyOver(from: string, to: string): Promise<void> {
  const temporary = `${to}.tmp`;
  await rm(temporary, { force: true });
  try {
    await link(from, temporary);
  } catch (error) {
    if (hasErrno(error, "ENOENT")) {
      await rm(to, { force: true });
      return;
    }
    throw error;
  }
  await rename(temporary, to);
  // rename() of two names of one file does nothing and keeps both.
  await rm(temporary, { force: true });
}

async function moved(from: string, to: string): Promise<boolean> {
  try {
    await rename(from, to);
    return true;
  } catch (error) {
    if (hasErrno(error, "ENOENT")) {
      return false;
    }
    throw error;
  }
}
