import { IncomingMessage } from "node:http";
import { Socket } from "node:net";
import type { Readable } from "node:stream";

/** As many bytes as git's length of a packet line has. */
const firstPiece = 4;

/**
 * A request's body in the form node-git-server takes. It has no headers, since those have been seen to, and begins with
 * a piece of four bytes: node-git-server searches the first piece with an expression that takes seconds on hostile text.
 */
export class PackRequest extends IncomingMessage {
  readonly #source: Readable;
  #begun = false;

  constructor(source: Readable) {
    super(new Socket());
    this.#source = source;
    source.on("data", (chunk: Buffer) => this.#take(chunk));
    source.once("end", () => this.push(null));
    source.once("error", () => this.destroy());
    source.pause();
  }

  override _read(): void {
    this.#source.resume();
  }

  #take(chunk: Buffer): void {
    const at = this.#begun ? 0 : firstPiece;
    if (!this.#begun) {
      this.#begun = true;
      this.push(chunk.subarray(0, at));
    }
    if (!this.push(chunk.subarray(at))) {
      this.#source.pause();
    }
  }
}
