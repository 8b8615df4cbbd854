const minuteMs = 60_000;

/** For messages: `1.7 min` from a minute on, `0.5 s` below. */
export function formatDuration(ms: number): string {
  return ms >= minuteMs ? `${Number((ms / minuteMs).toFixed(1))} min` : `${ms / 1000} s`;
}
