import { failures, type Seen, startLoad as startLoadOf } from "../support/load.ts";

export interface Load {
  /** Resolves when so many more requests were answered. */
  more(count: number): Promise<void>;
  end(): Promise<{ seen: readonly Seen[]; failures: readonly Seen[] }>;
}

/** Requests at a steady rate until it is ended, of pages that are not empty. */
export function startLoad(port: number, host: string, perSecond: number): Load {
  const read = (body: string) => (body === "" ? null : body);
  const load = startLoadOf({ port, host, perSecond, read });
  return {
    more: (count) => load.more(count),
    end: async () => {
      const seen = await load.end();
      return { seen, failures: failures(seen) };
    },
  };
}
