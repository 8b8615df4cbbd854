import { endsWell, shop } from "../compose-apps.ts";
import { page } from "../sample-apps.ts";
import type { Files } from "../working-copies.ts";
import { type Content, ownDomain, type World } from "./world.ts";

let count = 0;

/** A number that was never used before. */
export const next = () => ++count;

/** Commits a page that nothing has ever served, with more lines in its Dockerfile. */
export async function commitPage(world: World, lines = ""): Promise<void> {
  const text = newPage(world);
  const { Dockerfile = "", ...rest } = page(text);
  // The sample's httpd does not listen to SIGTERM.
  const stopped = `${Dockerfile}STOPSIGNAL SIGKILL\n${lines}`;
  await commit(world, { ...rest, Dockerfile: stopped }, { page: text });
}

/** Commits a project whose web, worker and database are all others than before. */
export async function commitShop(world: World, onlyWeb: boolean): Promise<void> {
  const text = newPage(world);
  const at = onlyWeb ? count - 1 : count;
  const services = { web: "", worker: `work ${at};`, db: `DATABASE=data ${at}` };
  const files = shop({
    text,
    worker: `work ${at}`,
    database: `data ${at}`,
    command: endsWell,
    web: ["environment: [GREETING, COLOR, NUMBER]"],
  });
  // Only the database, the last of them, listens to SIGTERM.
  const compose = (files["compose.yaml"] ?? "").replaceAll(
    /stop_grace_period: 1s(?=[^]*\n  db:)/g,
    "stop_signal: SIGKILL",
  );
  await commit(world, { ...files, "compose.yaml": compose }, { page: text, services });
}

const newPage = ({ subject }: World) => `page ${next()} of ${subject.app}`;

async function commit(
  world: World,
  files: Files,
  content: Pick<Content, "page"> & Partial<Content>,
): Promise<void> {
  const { host, subject, contents } = world;
  const { repository, branch } = subject;
  await host.commit(repository, { ...files, CNAME: `${ownDomain(subject)}\n` }, branch);
  const { stdout } = await host.git(repository, "rev-parse", "HEAD");
  world.wanted = stdout.trim();
  contents.set(world.wanted, { services: {}, ...content });
  world.pages.add(content.page);
}
