import { expect } from "vitest";

/** Expects something of what `look` sees, now or before long: a busy machine has time for it, a quick one loses none. */
export function soon<T>(look: () => T) {
  return expect.poll(look, { timeout: 30_000, interval: 5 });
}
