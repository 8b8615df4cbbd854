import { onTestFinished, vi } from "vitest";

/** Until the test has finished, `performance.now` goes on by itself and by what is told to pass; timers do not. */
export function clock(): { readonly pass: (ms: number) => void } {
  const now = performance.now.bind(performance);
  let passedMs = 0;
  const spy = vi.spyOn(performance, "now").mockImplementation(() => now() + passedMs);
  onTestFinished(() => spy.mockRestore());
  return {
    pass: (ms) => {
      passedMs += ms;
    },
  };
}
