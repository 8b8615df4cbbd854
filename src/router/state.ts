import { rename, writeFile } from "node:fs/promises";
import { readFileIfAny } from "../system/file.ts";
import type { Places } from "./places.ts";
import { type Address, renderState } from "./text/render.ts";
import { fileMode } from "./vhosts.ts";

/** The small file with the generation, by which a new configuration is known from the one before it. */
export interface State {
  /** The generation on disk, 0 before the first, and whether HTTPS is listened to. */
  written(): Promise<Written>;
  /** False where the file is gone, or has lost its text. */
  isWhole(): Promise<boolean>;
  /** Writes the next generation. @returns it */
  advance(next: Next): Promise<number>;
}

export interface Next {
  readonly https: Address | null;
  /** What nginx answers with, should that be known when the file isn't. */
  readonly after?: number | null;
  /** False for a generation that nobody can ask for. */
  readonly answers?: boolean;
}

export interface Written {
  readonly generation: number;
  readonly https: boolean;
}

export function createState(places: Places): State {
  let known: Written | null = null;

  const read = async () => parse((await readFileIfAny(places.state)) ?? "");

  async function written() {
    known ??= await read();
    return known;
  }

  async function advance({ https, after = null, answers = true }: Next) {
    const next = Math.max((await written()).generation, after ?? 0) + 1;
    const temporary = `${places.state}.tmp`;
    // Without fsync, unlike vhosts: start() writes it anew, and an empty one does no harm until then.
    const text = renderState({
      generation: next,
      leaving: leavingFile(places, next),
      status: answers ? places.status : null,
      https,
    });
    await writeFile(temporary, text, { mode: fileMode });
    await rename(temporary, places.state);
    known = { generation: next, https: https !== null };
    return next;
  }

  return { written, isWhole: async () => (await read()).generation > 0, advance };
}

/** Exists while the workers of a generation are about to be replaced. */
export function leavingFile(places: Places, generation: number): string {
  return `${places.leaving}${generation}`;
}

function parse(text: string): Written {
  return {
    generation: Number(/leaving\.(\d+);/.exec(text)?.[1] ?? 0),
    https: text.includes("ssl_reject_handshake"),
  };
}
