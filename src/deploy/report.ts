/** What the person who waits for a deploy reads, as it happens. */
export interface Report {
  /** `-----> Building blog-main (v12)` */
  step(title: string): void;
  /** `       indented detail` */
  detail(line: string): void;
  /** ` !     what went wrong or wants attention` */
  warn(line: string): void;
}

/** Heroku's layout, one whole line a call. */
export function lineReport(write: (line: string) => void): Report {
  return {
    step: (title) => write(`-----> ${title}`),
    detail: (line) => write(`       ${line}`),
    warn: (line) => write(` !     ${line}`),
  };
}

export const silentReport: Report = {
  step: () => undefined,
  detail: () => undefined,
  warn: () => undefined,
};
