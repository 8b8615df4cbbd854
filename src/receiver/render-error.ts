import type { GokuError } from "../errors.ts";

/** What the pusher reads of a failure: what happened, what to do about it, and what shows it. */
export function renderError(error: GokuError): string[] {
  const texts = [
    error.message,
    ...(error.hint === undefined ? [] : [error.hint]),
    ...error.details,
  ];
  return texts.flatMap((text) => text.split("\n")).map((line) => ` !     ${line}`.trimEnd());
}
