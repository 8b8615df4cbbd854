import type { ServerResponse } from "node:http";
import type { GokuError } from "../errors.ts";
import { endAfterRest } from "./end-after-rest.ts";
import { answerType, encodeFrame, type Frame, toWireError } from "./wire.ts";

const lookEveryMs = 2_000;

/** The answer to one call: frames as they come, then one result or error. What is sent to somebody who has gone is dropped. */
export class Answer {
  readonly #response: ServerResponse;

  constructor(response: ServerResponse) {
    this.#response = response;
  }

  /** Sends a frame at once; resolves when the reader keeps up. */
  async send(frame: Frame): Promise<void> {
    if (!this.#write(frame, 200)) {
      await this.#drained();
    }
  }

  /**
   * Writes a blank line every so often, which readers skip. Whoever takes no more input learns of a client that has gone
   * only by writing to it.
   */
  keepLooking(): void {
    const response = this.#response;
    const timer = setInterval(() => {
      if (!response.writableEnded && !response.writableNeedDrain) {
        this.#begin(200);
        response.write("\n");
      }
    }, lookEveryMs);
    response.once("close", () => clearInterval(timer));
  }

  finish(result: unknown): void {
    this.#write({ result }, 200);
    void endAfterRest(this.#response);
  }

  /** The status is the error's own where nothing was sent before. */
  fail(error: GokuError, status = error.status): void {
    this.#write({ error: toWireError(error) }, status);
    void endAfterRest(this.#response);
  }

  /** False when what was written waits in memory. */
  #write(frame: Frame, status: number): boolean {
    const response = this.#response;
    if (response.destroyed || response.writableEnded) {
      return true;
    }
    this.#begin(status);
    return response.write(encodeFrame(frame));
  }

  #begin(status: number): void {
    if (!this.#response.headersSent) {
      // nginx would hold the lines back until it has a page of them.
      this.#response.writeHead(status, { "content-type": answerType, "x-accel-buffering": "no" });
    }
  }

  #drained(): Promise<void> {
    return new Promise((resolve) => {
      const done = () => {
        this.#response.off("drain", done).off("close", done);
        resolve();
      };
      this.#response.on("drain", done).on("close", done);
    });
  }
}
