import type { Flag } from "./split-line.ts";

/** One instruction of a Dockerfile, its continuation lines joined. */
export interface Instruction {
  /** Upper case. */
  readonly keyword: string;
  /** Of its first line, from 1. */
  readonly line: number;
  /** Without keyword and flags; of ONBUILD with the text of heredocs. */
  readonly text: string;
  readonly flags: readonly Flag[];
}

/** A comment that begins in the first column. */
export interface CommentLine {
  readonly line: number;
  /** The whole line, `#` included. */
  readonly text: string;
  /** It stands between the lines of a continued instruction. */
  readonly continued: boolean;
}

export interface DockerfileLines {
  readonly instructions: readonly Instruction[];
  /** Text of heredocs and the parser directives at the top are no comments. */
  readonly comments: readonly CommentLine[];
  /** The character that continues a line and takes a `$` its meaning. */
  readonly escape: string;
  /** `# syntax=` names a frontend of its own. */
  readonly hasSyntaxLine: boolean;
}
