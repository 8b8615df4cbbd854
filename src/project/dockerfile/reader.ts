import { dockerfileName } from "../project-files.ts";
import { badLine } from "../bad-line.ts";
import type { Dialect } from "./dialect.ts";
import { Directives } from "./directives.ts";
import { type Heredoc, heredocsOf } from "./heredocs.ts";
import type { CommentLine, DockerfileLines, Instruction } from "./lines.ts";
import { TooDeep } from "./shell-words.ts";
import { type SplitLine, splitLine } from "./split-line.ts";
import { Unread } from "./unread.ts";
import { splitArguments, trimStart } from "./white-space.ts";

/** Why BuildKit refuses a file. */
export interface Fault {
  readonly line: number;
  readonly problem: string;
}

export interface Reading extends DockerfileLines {
  /** What BuildKit cannot go on behind. */
  readonly fault: Fault | null;
  /** It also refuses what it has read: an unknown keyword, a FROM with two words. */
  readonly isRefused: boolean;
}

const keywords = new Set(
  (
    "ADD ARG CMD COPY ENTRYPOINT ENV EXPOSE FROM HEALTHCHECK LABEL MAINTAINER ONBUILD RUN SHELL STOPSIGNAL USER VOLUME " +
    "WORKDIR"
  ).split(" "),
);

/**
 * Splits a Dockerfile as a version of BuildKit does.
 * https://github.com/moby/buildkit/blob/v0.32.2/frontend/dockerfile/parser/parser.go
 * @param untilRefused ends with the first instruction that BuildKit refuses
 * @throws badProject for what nests too deep
 */
export function readLines(text: string, dialect: Dialect, untilRefused: boolean): Reading {
  return new Reader(text, dialect).read(untilRefused);
}

class Reader {
  #next = 0;
  #isRefused = false;
  readonly #lines: readonly string[];
  readonly #dialect: Dialect;
  readonly #directives: Directives;
  readonly #instructions: Instruction[] = [];
  readonly #comments: CommentLine[] = [];

  constructor(text: string, dialect: Dialect) {
    // An end of line is no line.
    this.#lines = text.replace(/\n$/, "").split("\n");
    this.#dialect = dialect;
    this.#directives = new Directives(dialect);
  }

  read(untilRefused: boolean): Reading {
    let fault: Fault | null = null;
    try {
      while (this.#hasMore(untilRefused)) {
        this.#readOne();
      }
    } catch (error) {
      if (error instanceof TooDeep) {
        throw badLine(dockerfileName, this.#next, error.message, "Write it in a simpler way.");
      }
      if (!(error instanceof Unread)) {
        throw error;
      }
      fault = { line: this.#next, problem: error.message };
    }
    return {
      instructions: this.#instructions,
      comments: this.#comments,
      escape: this.#directives.escape,
      hasSyntaxLine: this.#directives.hasSyntax,
      fault,
      isRefused: this.#isRefused,
    };
  }

  #hasMore(untilRefused: boolean): boolean {
    return this.#next < this.#lines.length && !(untilRefused && this.#isRefused);
  }

  /** A comment, an empty line or an instruction. */
  #readOne(): void {
    const raw = this.#take();
    const start = this.#next;
    const line = trimStart(raw);
    const isDirective = this.#directives.take(line);
    if (line.startsWith("#")) {
      this.#comment(raw, isDirective ? null : false);
      return;
    }
    if (line === "") {
      return;
    }
    const joined = this.#join(line);
    const split = splitLine(joined, this.#directives.escape, this.#dialect);
    const heredocs = heredocsOf(joined, split, this.#directives.escape, this.#dialect);
    const bodies = heredocs.flatMap((heredoc) => this.#body(heredoc, start));
    this.#instructions.push({ ...withBodies(split, bodies), line: start });
    this.#isRefused ||= isRefused(split);
  }

  #take(): string {
    const line = this.#lines[this.#next] ?? "";
    this.#next += 1;
    return withoutReturns(line);
  }

  /** @param continued null for a directive, which is no comment */
  #comment(text: string, continued: boolean | null): void {
    if (continued !== null && text.startsWith("#")) {
      this.#comments.push({ line: this.#next, text, continued });
    }
  }

  /** With the lines that it goes on on; comments and empty ones between them are left out. */
  #join(first: string): string {
    let part = this.#continued(first);
    const parts = [part ?? first];
    while (part !== null && this.#next < this.#lines.length) {
      const raw = this.#take();
      const line = trimStart(raw);
      if (line.startsWith("#")) {
        this.#comment(raw, true);
      } else if (line !== "") {
        part = this.#continued(raw);
        parts.push(part ?? raw);
      }
    }
    return parts.join("");
  }

  /** What stands before an escape character at the end of the line; null where it ends otherwise, also in two of them. */
  #continued(line: string): string | null {
    const { escape } = this.#directives;
    let end = line.length - 1;
    while (line[end] === " " || line[end] === "\t") {
      end -= 1;
    }
    return line[end] === escape && line[end - 1] !== escape ? line.slice(0, end) : null;
  }

  #body({ name, chomps }: Heredoc, start: number): string[] {
    const body: string[] = [];
    while (this.#next < this.#lines.length) {
      const line = this.#take();
      body.push(line);
      if ((chomps ? withoutTabs(line) : line) === name) {
        return body;
      }
    }
    this.#next = start;
    throw new Unread(`The heredoc <<${name} has no end.`);
  }
}

/** Of ONBUILD they belong to what is done later. */
function withBodies(split: SplitLine, bodies: readonly string[]): SplitLine {
  return split.keyword === "ONBUILD"
    ? { ...split, text: [split.text, ...bodies].join("\n") }
    : split;
}

function isRefused({ keyword, text }: SplitLine): boolean {
  const count = text === "" ? 0 : splitArguments(text).length;
  return !keywords.has(keyword) || (keyword === "FROM" && count !== 1 && count !== 3);
}

function withoutReturns(line: string): string {
  let end = line.length;
  while (line[end - 1] === "\r") {
    end -= 1;
  }
  return line.slice(0, end);
}

function withoutTabs(line: string): string {
  return line.slice(/^\t*/.exec(line)?.[0].length);
}
