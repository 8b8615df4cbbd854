import { look, lookSecurely, type Seen } from "./answers.ts";
import { bystander, bystanderPage, standingHosts, type World } from "./world.ts";

/** Looks at the pages all the time, whoever lives. */
export interface PageWatch {
  /** What was not the app's own content since the last time; no answer at all counts unless it is to be expected. */
  wrong(silence: "counts" | "expected"): string[];
  end(): void;
}

const everyMs = 50;
/** Hosts that do not lead to the app any more, or not yet, of which so many of the newest are asked. */
const mostOthers = 3;

interface Question {
  readonly name: string;
  readonly ask: () => Promise<Seen>;
  readonly isRight: (seen: Seen) => boolean;
}

/**
 * Every answer has to be of the app that was asked, and of what was live when it was or might become so; nothing at all
 * only where the world says so. All hosts have their turns.
 */
export function watchPages(world: World): PageWatch {
  let seen: { readonly silent: boolean; readonly text: string; readonly askedAt: number }[] = [];
  /** What was asked before this may have met a silence that was to be expected, and hear of it only now. */
  let silentUntil = 0;
  let turn = 0;
  const put = async ({ name, ask, isRight }: Question) => {
    const askedAt = performance.now();
    const answer = await ask();
    if (!isRight(answer)) {
      const { status, body } = answer;
      const text = `${name} answered ${status} ${body.slice(0, 80)} meanwhile`;
      seen.push({ silent: [0, 502, 503, 504].includes(status), text, askedAt });
    }
  };
  const timer = setInterval(() => {
    turn += 1;
    for (const questions of [ofSubject(world), ofOthers(world)]) {
      const question = questions[turn % questions.length];
      void (question === undefined ? undefined : put(question));
    }
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

/** Judged by what the world was when they were asked. */
function ofSubject(world: World): Question[] {
  const { pages, absent } = world;
  const isOwn = ({ status, body }: Seen) => status === 200 && pages.has(body);
  const isRight = (answer: Seen) => isOwn(answer) || answer.status === absent;
  const standing = standingHosts(world);
  const secure = world.isSecure ? standing.slice(0, 1) : [];
  return [
    ...standing.map((name) => ({ name, ask: () => look(world, name), isRight })),
    ...secure.map((name) => ({
      name: `https://${name}`,
      ask: () => lookSecurely(world, name),
      isRight,
    })),
  ];
}

function ofOthers(world: World): Question[] {
  const { pages, subject } = world;
  const standing = standingHosts(world);
  const others = [...world.hosts].filter(([name]) => !standing.includes(name)).slice(-mostOthers);
  return [
    ...[bystander, `${bystander}-main`].map((app) => {
      const name = `${app}.${world.host.domain}`;
      const isRight = ({ status, body }: Seen) => status === 200 && body === bystanderPage;
      return { name, ask: () => look(world, name), isRight };
    }),
    ...others.map(([name, app]) => ({
      name,
      ask: () => look(world, name),
      isRight: ({ status, body }: Seen) =>
        status === 404 ||
        (app === subject.app && (status === world.absent || (status === 200 && pages.has(body)))),
    })),
  ];
}
