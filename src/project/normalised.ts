import { badProject } from "../errors.ts";

/** In characters. Reading the worst file of this size takes a quarter of a second, in which the daemon does nothing else. */
export const longestFile = 128 * 1024;

/** Text with `\n` line ends and no byte order mark: BuildKit, too, does with either. @throws badProject where it is too long */
export function normalised(name: string, text: string): string {
  if (text.length > longestFile) {
    throw badProject(
      `${name} is longer than ${longestFile / 1024} KiB.`,
      "No file of this kind needs that much: move what is long in it elsewhere.",
    );
  }
  return text.replace(/^\uFEFF/, "").replaceAll("\r\n", "\n");
}
