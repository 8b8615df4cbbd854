import { systemPath } from "../system/system-path.ts";

export type Environment = Readonly<Record<string, string | undefined>>;

/** Variables that begin like a setting and are none: what the forced command of an SSH key tells `octo`. */
export const internalNames: readonly string[] = ["GOKU_KEY", "GOKU_HOST"];

/** The only look at the process's own environment. */
export function environment(): Environment {
  return process.env;
}

/** Programs in this folder are found before the system's, by whatever this process starts by name. */
export function putFirstInPath(folder: string): void {
  process.env["PATH"] = `${folder}:${process.env["PATH"] ?? systemPath}`;
}
