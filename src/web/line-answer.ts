import type { Response } from "express";

/** Bytes that wait for a client that has stopped reading; beyond them, lines are left out. */
export const maxUnread = 8 * 1024 * 1024;
/** So many of the last lines come all the same: they say how it ended. */
export const keptLines = 50;

/**
 * The answer to a shell script: each line to show begins with `|`, whatever it holds, and the last line says how it
 * ended. Scripts ignore every other line, so that they need not know HTTP.
 */
export class LineAnswer {
  readonly #response: Response;
  #leftOut = 0;
  /** The last lines since the client fell behind. */
  #kept: string[] = [];

  constructor(response: Response) {
    this.#response = response;
    response.writeHead(200, { "content-type": "text/plain; charset=utf-8" });
    response.flushHeaders();
  }

  /** Sent at once, unless the client is far behind. A text of several lines stays what is shown, and nothing more. */
  show(text: string): void {
    const lines = text.split("\n").map((line) => `|${line}\n`);
    if (this.#isBehind()) {
      this.#kept.push(...lines);
      this.#leftOut += this.#kept.splice(0, this.#kept.length - keptLines).length;
    } else {
      this.#catchUp();
      this.#write(lines.join(""));
    }
  }

  end(line: string): void {
    this.#catchUp();
    this.#write(`${line}\n`);
    this.#response.end();
  }

  /** From the bound on, until the client has read all of it: otherwise every other line would be missing. */
  #isBehind(): boolean {
    return this.#kept.length > 0
      ? this.#response.writableNeedDrain
      : this.#response.writableLength > maxUnread;
  }

  #catchUp(): void {
    if (this.#leftOut > 0) {
      this.#write(
        `| !     Lines left out here, since nobody read them in time: ${this.#leftOut}\n`,
      );
    }
    this.#write(this.#kept.join(""));
    this.#leftOut = 0;
    this.#kept = [];
  }

  #write(text: string): void {
    if (text !== "" && !this.#response.destroyed && !this.#response.writableEnded) {
      this.#response.write(text);
    }
  }
}
