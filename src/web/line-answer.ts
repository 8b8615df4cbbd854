import type { Response } from "express";

/**
 * The answer to a shell script: each line to show begins with `|`, whatever it holds, and the last line says how it
 * ended. Scripts ignore every other line, so that they need not know HTTP.
 */
export class LineAnswer {
  readonly #response: Response;

  constructor(response: Response) {
    this.#response = response;
    response.writeHead(200, { "content-type": "text/plain; charset=utf-8" });
    response.flushHeaders();
  }

  /** Sent at once. A text of several lines stays what is shown, and nothing more. */
  show(text: string): void {
    this.#write(
      text
        .split("\n")
        .map((line) => `|${line}\n`)
        .join(""),
    );
  }

  end(line: string): void {
    this.#write(`${line}\n`);
    this.#response.end();
  }

  #write(text: string): void {
    if (!this.#response.destroyed && !this.#response.writableEnded) {
      this.#response.write(text);
    }
  }
}
