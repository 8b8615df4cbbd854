import type { App } from "../../app.ts";
import { badLine, quote } from "../bad-line.ts";
import type { CommentLine } from "../dockerfile/instructions.ts";
import { dockerfileName } from "../project-files.ts";

export const keywords = [
  "NO_HTTP_PROXY",
  "ADD_NAME",
  "VOLUMES_FROM",
  "MOUNT_FROM_HOST",
  "PORTS_FROM_HOST",
  "LINK_SERVICE",
  "BUILD_ARG",
  "BUILD_SECRET",
  "RELEASE",
] as const;

export type Keyword = (typeof keywords)[number];

/** A comment of the Dockerfile that asks Goku for something. */
export interface MagicLine {
  readonly keyword: Keyword;
  readonly line: number;
  /** What follows the keyword. */
  readonly rest: string;
  readonly words: readonly string[];
  readonly app: App;
}

const magicPattern = new RegExp(`^# (${keywords.join("|")})(?![\\w-])(\\S*)(.*)$`, "is");

/**
 * The keyword begins right after `# `, in any case; a colon or full stop at its end does not count.
 * RELEASE alone is a word of plain English, so it has to be in capitals: "# Release notes: ..." stays a comment.
 * @throws badProject where something else is glued to the keyword
 */
export function readMagicLine({ line, text }: CommentLine, app: App): MagicLine | null {
  const [, found = "", glued = "", after = ""] = magicPattern.exec(text) ?? [];
  const keyword = keywords.find((each) => each === found.toUpperCase());
  if (keyword === undefined || (keyword === "RELEASE" && found !== keyword)) {
    return null;
  }
  const rest = after.trim();
  const words = rest === "" ? [] : rest.split(/\s+/);
  const magic = { keyword, line, rest, words, app };
  if (!/^[:;.,!]*$/.test(glued)) {
    throw badMagicLine(magic, `${quote(glued)} has to stand apart from it`);
  }
  return magic;
}

/** How each keyword with arguments is written. */
const forms: Partial<Record<Keyword, string>> = {
  MOUNT_FROM_HOST: "# MOUNT_FROM_HOST /path/on/host [/path/in/container]",
  PORTS_FROM_HOST: "# PORTS_FROM_HOST HOST_PORT CONTAINER_PORT [HOST_ADDRESS]",
  LINK_SERVICE: "# LINK_SERVICE NAME [CONTAINER]",
  BUILD_ARG: "# BUILD_ARG KEY",
  BUILD_SECRET: "# BUILD_SECRET KEY",
  RELEASE: "# RELEASE command and its arguments",
};

export function badMagicLine({ keyword, line }: MagicLine, problem: string) {
  return badLine(
    dockerfileName,
    line,
    `${keyword}: ${problem}.`,
    `Write it as: ${forms[keyword] ?? `# ${keyword}`}`,
  );
}

/** @throws badProject when the line has fewer or more words than that */
export function expectWords(magic: MagicLine, fewest: number, most: number): void {
  const count = magic.words.length;
  if (count < fewest || count > most) {
    const wanted = fewest === most ? String(fewest) : `${fewest} to ${most}`;
    throw badMagicLine(magic, `${wanted} words belong after it, and there are ${count}`);
  }
}
