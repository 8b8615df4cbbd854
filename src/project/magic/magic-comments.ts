import type { App } from "../../app.ts";
import type { DockerfileProject, HostMount, Link, PublishedPort } from "../../project.ts";
import { quote } from "../bad-line.ts";
import type { CommentLine } from "../dockerfile/instructions.ts";
import { badMagicLine, type MagicLine, readMagicLine } from "./magic-line.ts";
import {
  readCommand,
  readLink,
  readMount,
  readPublishedPort,
  readVarKey,
} from "./magic-readers.ts";
import { misspeltNote } from "./misspelt.ts";
import { dockerfileName } from "../project-files.ts";

/** What the comments of a Dockerfile ask Goku for. */
export interface MagicComments extends Pick<
  DockerfileProject,
  | "addName"
  | "volumesFrom"
  | "mounts"
  | "published"
  | "links"
  | "buildArgs"
  | "buildSecrets"
  | "release"
  | "notes"
> {
  readonly noHttpProxy: boolean;
}

/**
 * Only a comment of its own counts. In the middle of a continued instruction it belongs to that one (a note says
 * so), and inside a heredoc it is text of somebody else's file.
 * @throws badProject for a comment whose arguments are wrong or contradict another's
 */
export function readMagicComments(comments: readonly CommentLine[], app: App): MagicComments {
  const notes: string[] = [];
  const magic = comments.flatMap((comment) => {
    const line = readMagicLine(comment, app);
    if (line !== null && comment.continued) {
      notes.push(
        `${dockerfileName} line ${line.line}: ${line.keyword} does not count inside another instruction; move it to a line of its own.`,
      );
      return [];
    }
    const misspelt = line === null && !comment.continued ? misspeltNote(comment) : null;
    notes.push(...(misspelt === null ? [] : [misspelt]));
    return line ?? [];
  });
  const of = (keyword: MagicLine["keyword"]) => magic.filter((line) => line.keyword === keyword);

  const buildArgs = of("BUILD_ARG").map(readVarKey);
  const secretLines = of("BUILD_SECRET");
  const buildSecrets = secretLines.map(readVarKey);
  const leak = secretLines.find((_, index) => buildArgs.includes(buildSecrets[index] ?? ""));
  if (leak !== undefined) {
    throw badMagicLine(leak, `${leak.rest} is a BUILD_ARG too, which would leave it in the image`);
  }

  const [release, secondRelease] = of("RELEASE");
  if (release !== undefined && secondRelease !== undefined) {
    throw badMagicLine(secondRelease, `there is one already, on line ${release.line}`);
  }
  return {
    noHttpProxy: of("NO_HTTP_PROXY").length > 0,
    addName: of("ADD_NAME").length > 0,
    volumesFrom: of("VOLUMES_FROM").map((line) => noteName(line, notes)).length > 0,
    mounts: unique(of("MOUNT_FROM_HOST"), readMount, mountKey),
    published: unique(of("PORTS_FROM_HOST"), readPublishedPort, portKey),
    links: unique(of("LINK_SERVICE"), readLink, linkKey),
    buildArgs: [...new Set(buildArgs)],
    buildSecrets: [...new Set(buildSecrets)],
    release: release === undefined ? null : readCommand(release),
    notes,
  };
}

const mountKey = (mount: HostMount) => mount.target;
const portKey = (port: PublishedPort) => `port ${port.hostPort} of ${port.hostAddress}`;
const linkKey = (link: Link) => link.alias.toLowerCase();

/** Reads the lines; two that want the same thing in different ways are a mistake, said twice they are one. */
function unique<T>(
  lines: readonly MagicLine[],
  read: (line: MagicLine) => T,
  key: (value: T) => string,
): T[] {
  const found = new Map<string, { readonly value: T; readonly line: number }>();
  for (const line of lines) {
    const value = read(line);
    const taken = found.get(key(value));
    if (taken === undefined) {
      found.set(key(value), { value, line: line.line });
    } else if (JSON.stringify(taken.value) !== JSON.stringify(value)) {
      throw badMagicLine(line, `${key(value)} is taken on line ${taken.line} already`);
    }
  }
  return [...found.values()].map(({ value }) => value);
}

/** octohost has no argument here; a name that is not the one it would take deserves a word. */
function noteName({ line, words, app }: MagicLine, notes: string[]): void {
  const [name] = words;
  const taken = `${app.name}_data`;
  if (name !== undefined && name !== taken) {
    notes.push(
      `${dockerfileName} line ${line}: VOLUMES_FROM takes the volumes of ${taken}; ${quote(name)} does not count.`,
    );
  }
}
