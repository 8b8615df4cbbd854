import { z } from "zod";
import { readFileIfAny, writeFileAtomically } from "../system/file.ts";

/** What the tree had at a kept path when it was last looked at: the pusher has been told of everything up to then. */
export interface Seed {
  /** Of all of it; null where the tree had nothing. */
  readonly hash: string | null;
  /** Hashes by path, as `Contents` has them. */
  readonly files: ReadonlyMap<string, string>;
}

const document = z.record(
  z.string(),
  z.object({ hash: z.string().nullable(), files: z.array(z.tuple([z.string(), z.string()])) }),
);

/** By the path of the mount. */
export async function readSeeds(file: string): Promise<Map<string, Seed>> {
  const text = await readFileIfAny(file);
  const seeds = document.parse(text === null ? {} : JSON.parse(text));
  return new Map(
    Object.entries(seeds).map(([path, { hash, files }]) => [path, { hash, files: new Map(files) }]),
  );
}

export async function writeSeeds(file: string, seeds: ReadonlyMap<string, Seed>): Promise<void> {
  const plain = [...seeds].map(([path, { hash, files }]) => [path, { hash, files: [...files] }]);
  await writeFileAtomically(file, JSON.stringify(Object.fromEntries(plain)), { mode: 0o600 });
}
