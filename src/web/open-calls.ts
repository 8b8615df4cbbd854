import type { Response } from "express";
import type { GokuError } from "../errors.ts";
import type { Holder, Identity } from "./identity.ts";

/** Calls on their way: a followed log or a shell would outlast the key or token that opened it. */
export class OpenCalls {
  readonly #calls = new Map<AbortController, Identity>();

  /** @returns a signal that aborts when the client goes away before its answer is complete, or is shut out */
  begin(identity: Identity, response: Response): AbortSignal {
    const ending = new AbortController();
    const closed = () => {
      this.#calls.delete(ending);
      if (!response.writableFinished) {
        ending.abort(new Error("the client has gone"));
      }
    };
    this.#calls.set(ending, identity);
    response.once("close", closed);
    if (response.closed) {
      closed();
    }
    return ending.signal;
  }

  /** Aborts for this reason what a key or token that was removed has on its way, but for the call that removed it. */
  shutOut(holder: Holder, name: string, reason: GokuError, removing: AbortSignal): void {
    for (const [ending, identity] of this.#calls) {
      if (identity.holder === holder && identity.name === name && ending.signal !== removing) {
        ending.abort(reason);
      }
    }
  }
}
