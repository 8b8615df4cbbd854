import { rename, writeFile } from "node:fs/promises";
import { readFileIfAny } from "../system/file.ts";
import type { Places } from "./places.ts";
import { type Address, renderState } from "./text/render.ts";
import { fileMode } from "./vhosts.ts";

/** The small file with the generation, by which a new configuration is known from the one before it. */
export interface State {
  /** The generation on disk, 0 before the first, and whether HTTPS is listened to. */
  written(): Promise<Written>;
  /** Writes the next generation. @returns it */
  advance(https: Address | null): Promise<number>;
}

export interface Written {
  readonly generation: number;
  readonly https: boolean;
}

export function createState(places: Places): State {
  let known: Written | null = null;

  async function written() {
    known ??= parse((await readFileIfAny(places.state)) ?? "");
    return known;
  }

  async function advance(https: Address | null) {
    const next = (await written()).generation + 1;
    const temporary = `${places.state}.tmp`;
    // Without fsync, unlike vhosts: start() writes it anew, and an empty one does no harm until then.
    const text = renderState({
      generation: next,
      leaving: leavingFile(places, next),
      status: places.status,
      https,
    });
    await writeFile(temporary, text, { mode: fileMode });
    await rename(temporary, places.state);
    known = { generation: next, https: https !== null };
    return next;
  }

  return { written, advance };
}

/** Exists while the workers of a generation are about to be replaced. */
export function leavingFile(places: Places, generation: number): string {
  return `${places.leaving}${generation}`;
}

function parse(text: string): Written {
  return {
    generation: Number(/return 200 "(\d+)";/.exec(text)?.[1] ?? 0),
    https: text.includes("ssl_reject_handshake"),
  };
}
