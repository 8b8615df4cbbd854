import { DockerfileParser, ModifiableInstruction } from "dockerfile-ast";

/** One instruction of a Dockerfile, its continuation lines joined. */
export interface Instruction {
  /** Upper case. */
  readonly keyword: string;
  /** Of its first line, from 1. */
  readonly line: number;
  /** Without keyword and flags. */
  readonly text: string;
  readonly flags: readonly Flag[];
}

/** `--name=value` */
export interface Flag {
  readonly name: string;
  readonly value: string;
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

/** Splits a Dockerfile as BuildKit does. @param text with `\n` line ends and no byte order mark */
export function readInstructions(text: string): DockerfileLines {
  const lines = text.split("\n");
  // Of a last line that may be a directive and does not end, the parser looks from each of its characters to the end.
  const isOpen = lines.at(-1)?.trimStart().startsWith("#") === true;
  const dockerfile = DockerfileParser.parse(isOpen ? `${text}\n` : text);
  const taken = new Set<number>();
  const instructions: Instruction[] = [];
  for (const instruction of dockerfile.getInstructions()) {
    const { start, end } = instruction.getRange();
    for (let line = start.line + 1; line <= end.line; line += 1) {
      taken.add(line);
    }
    instructions.push({
      keyword: instruction.getKeyword(),
      line: start.line + 1,
      text: instruction.getArgumentsContent() ?? "",
      flags: instruction instanceof ModifiableInstruction ? flagsOf(instruction) : [],
    });
  }
  const comments = dockerfile
    .getComments()
    .map((comment) => comment.getRange().start)
    .filter((start) => start.character === 0)
    .map(({ line }) => ({ line: line + 1, text: lines[line] ?? "", continued: taken.has(line) }));
  return {
    instructions,
    comments,
    escape: dockerfile.getEscapeCharacter(),
    hasSyntaxLine: dockerfile
      .getDirectives()
      .some((directive) => directive.getDirective()?.toLowerCase() === "syntax"),
  };
}

function flagsOf(instruction: ModifiableInstruction): Flag[] {
  return instruction
    .getFlags()
    .map((flag) => ({ name: flag.getName().toLowerCase(), value: flag.getValue() ?? "" }));
}
