import { bystander, bystanderPage, type World } from "./world.ts";

/** Looks at the pages all the time, whoever lives. */
export interface PageWatch {
  /** What was not the app's own content since the last time; no answer at all counts unless it is to be expected. */
  wrong(silence: "counts" | "expected"): string[];
  end(): void;
}

const everyMs = 50;

/** Every answer has to be of the app that was asked; nothing at all only where the world says so. */
export function watchPages(world: World): PageWatch {
  let seen: { readonly silent: boolean; readonly text: string; readonly askedAt: number }[] = [];
  /** What was asked before this may have met a silence that was to be expected, and hear of it only now. */
  let silentUntil = 0;
  const look = async (app: string, isRight: (status: number, body: string) => boolean) => {
    const askedAt = performance.now();
    const { status, body } = await world.host
      .see(app)
      .catch((error: Error) => ({ status: 0, body: error.message }));
    if (!isRight(status, body)) {
      const text = `${app} answered ${status} ${body.slice(0, 80)} meanwhile`;
      seen.push({ silent: [0, 502, 503, 504].includes(status), text, askedAt });
    }
  };
  const isOurs = (status: number, body: string) =>
    (status === 200 && [...world.contents.values()].some(({ page }) => page === body)) ||
    (world.mayBeAbsent && (status === 404 || status === 503));
  const timer = setInterval(() => {
    void look(world.app, isOurs);
    void look(bystander, (status, body) => status === 200 && body === bystanderPage);
  }, everyMs);
  return {
    wrong(silence) {
      if (silence === "expected") {
        silentUntil = performance.now();
      }
      const counted = seen.filter(({ silent, askedAt }) => !silent || askedAt >= silentUntil);
      const found = [...new Set(counted.map(({ text }) => text))];
      seen = [];
      return found;
    },
    end: () => clearInterval(timer),
  };
}
