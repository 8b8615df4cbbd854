import { endsWell, type Shop, shop } from "../compose-apps.ts";
import { page } from "../sample-apps.ts";
import type { Files } from "../working-copies.ts";
import { type Content, ownDomain, type World } from "./world.ts";

let count = 0;

/** A number that was never used before. */
export const next = () => ++count;

/** Commits a page that nothing has ever served, with more lines in its Dockerfile. Where it has a var `BREAK`, it ends at once. */
export async function commitPage(world: World, lines = ""): Promise<void> {
  const text = newPage(world);
  await commit(world, pageFiles(text, lines), { page: text });
}

/** Commits a page whose container ends at once. */
export async function commitBrokenPage(world: World): Promise<void> {
  await commit(world, pageFiles(newPage(world), 'CMD ["false"]\n'), null);
}

function pageFiles(text: string, lines: string): Files {
  const { Dockerfile = "", ...rest } = page(text);
  // The sample's httpd does not listen to SIGTERM.
  const ends = 'STOPSIGNAL SIGKILL\nENTRYPOINT ["sh", "-c", "[ -z $BREAK ] && exec $0 $@"]\n';
  return { ...rest, Dockerfile: `${Dockerfile}${ends}${lines}` };
}

/** Commits a project whose web, worker and database are all others than before. */
export async function commitShop(world: World, onlyWeb: boolean): Promise<void> {
  const text = newPage(world);
  const at = onlyWeb ? count - 1 : count;
  const services = { web: "", worker: `work ${at};`, db: `DATABASE=data ${at}` };
  await commit(world, shopFiles(text, at), { page: text, services });
}

/** Commits a project with a database on a network that is new, and a web that ends at once. */
export async function commitBrokenWeb(world: World): Promise<void> {
  const files = shopFiles(newPage(world), count, { network: "inner" });
  const broken = `${files["web/Dockerfile"]}CMD ["false"]\n`;
  await commit(world, { ...files, "web/Dockerfile": broken }, null);
}

/** Commits a project whose database ends at once when it takes the place of the one before. */
export async function commitBrokenDatabase(world: World): Promise<void> {
  await commit(world, shopFiles(newPage(world), count, { command: "exit 3" }), null);
}

function shopFiles(text: string, at: number, more: Partial<Shop> = {}): Files {
  const files = shop({
    text,
    worker: `work ${at}`,
    database: `data ${at}`,
    command: endsWell,
    web: ["environment: [GREETING, COLOR, NUMBER]"],
    ...more,
  });
  // Only the database, the last of them, listens to SIGTERM.
  const compose = (files["compose.yaml"] ?? "").replaceAll(
    /stop_grace_period: 1s(?=[^]*\n  db:)/g,
    "stop_signal: SIGKILL",
  );
  return { ...files, "compose.yaml": compose };
}

const newPage = ({ subject }: World) => `page ${next()} of ${subject.app}`;

/** @param content what it shows; null for what may never serve */
async function commit(
  world: World,
  files: Files,
  content: (Pick<Content, "page"> & Partial<Content>) | null,
): Promise<void> {
  const { host, subject, contents } = world;
  const { repository, branch } = subject;
  await host.commit(repository, { ...files, CNAME: `${ownDomain(subject)}\n` }, branch);
  const { stdout } = await host.git(repository, "rev-parse", "HEAD");
  world.wanted = stdout.trim();
  if (content !== null) {
    contents.set(world.wanted, { services: {}, ...content });
    world.pages.add(content.page);
  }
}
