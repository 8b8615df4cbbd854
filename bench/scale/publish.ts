import { readFileSync } from "node:fs";
import { mkdir, mkdtemp, readFile, rename, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import { cpus, tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import type { Route } from "../../src/route.ts";
import { workersOf } from "../../src/router/nginx/master.ts";
import { createRouter } from "../../src/router/router.ts";
import { renderVhost } from "../../src/router/text/render.ts";
import { createLog } from "../../src/system/log.ts";
import { waitFor } from "../../src/system/wait.ts";
import { exec } from "../../test/support/exec.ts";
import { freePort } from "../../test/support/free-port.ts";
import { figureOf, timeToSeen } from "../measure.ts";
import type { ScaleRow } from "./figures.ts";

const domain = "goku.test";
const subject = "subject";
/** What a candidate takes at least from the announcement of its switch on. */
const candidateMs = 100;

/**
 * A route is changed in an nginx with so many apps: by Goku's router, and by hand in the very same nginx (write the
 * vhost, send HUP, or call `nginx -s reload`), until the new answer is seen. Turn about, in changing order.
 */
export async function measurePublish(apps: number, rounds: number): Promise<ScaleRow[]> {
  const folder = await mkdtemp(join(tmpdir(), "goku-scale-"));
  await exec("chmod", ["0711", folder]);
  const answers = await Promise.all([0, 1].map((which) => answer(String(which))));
  const listen = async () => ({ host: "127.0.0.1", port: await freePort() });
  const [http, https, web] = [await listen(), await listen(), await listen()];
  const nginx = join(folder, "nginx");
  const surroundings = { http, https, logFolder: join(folder, "logs") };
  const options = { folder: nginx, web, domain, log: createLog("warn"), ...surroundings };
  const vhost = (app: string) => join(nginx, "apps", `${app}.conf`);
  await mkdir(join(nginx, "apps"), { recursive: true });
  await mkdir(surroundings.logFolder);
  for (let at = 1; at < apps; at += 1) {
    const route = routeTo(`crowd${at}`, `10.250.${at >> 8}.${at & 255}`, 80);
    await writeFile(vhost(route.app), renderVhost(route, surroundings), { mode: 0o600 });
  }
  const router = createRouter(options);
  await router.start();
  const master = () => Number(readFileSync(join(nginx, "nginx.pid"), "utf8").trim());
  let which = 0;
  const next = () => routeTo(subject, "127.0.0.1", answers[which]?.port ?? 0);
  const seen = (work: () => Promise<unknown>) =>
    timeToSeen(work, http.port, `${subject}.${domain}`, `answer ${which}`);

  const byHand = (reload: () => unknown) => async () => {
    const text = renderVhost(next(), surroundings);
    return seen(async () => {
      const path = vhost(next().app);
      await writeFile(`${path}.new`, text);
      await rename(`${path}.new`, path);
      await reload();
    });
  };
  const ways = {
    goku: async () => {
      // While the candidate starts, in a push; the check of one vhost does not depend on how many there are.
      await router.announce(next().app);
      const prepared = await router.prepare(next());
      await delay(candidateMs);
      return seen(() => router.publish([prepared]));
    },
    hup: byHand(() => process.kill(master(), "SIGHUP")),
    reload: byHand(() =>
      exec("nginx", ["-s", "reload", "-c", join(nginx, "nginx.conf"), "-p", nginx]),
    ),
  };
  const names = ["goku", "hup", "reload"] as const;
  const times = { goku: [] as number[], hup: [] as number[], reload: [] as number[] };
  try {
    await router.publish([await router.prepare(next())]);
    for (let round = 0; round < rounds; round += 1) {
      for (const at of [0, 1, 2]) {
        const name = names[(round + at) % 3] ?? "goku";
        which = 1 - which;
        times[name].push(await ways[name]());
        await oldWorkersGone(master());
      }
    }
  } finally {
    process.kill(master(), "SIGTERM");
    answers.forEach(({ close }) => close());
    const status = await readFile(join(nginx, "state.conf"), "utf8");
    await rm(/unix:([^;]+);/.exec(status)?.[1] ?? join(nginx, "status.sock"), { force: true });
    await rm(folder, { recursive: true, force: true });
  }
  const row = (raw: string, figure: readonly number[]): ScaleRow => ({
    what: `a route published among ${apps}`,
    unit: "ms",
    goku: figureOf(times.goku),
    raw: { what: raw, figure: figureOf(figure) },
    limit: { of: "ratio", value: 1.1 },
  });
  return [row("`nginx -s reload`", times.reload), row("HUP", times.hup)];
}

function routeTo(name: string, address: string, port: number): Route {
  const app = `${name}-main`;
  const sites = [
    { domains: [`${name}.${domain}`, `${app}.${domain}`], backends: [{ address, port }] },
  ];
  return { app, sites, certificate: null, sslForced: false, template: null };
}

async function answer(which: string) {
  const server = createServer((_, response) => response.end(`answer ${which}`));
  const port = await freePort();
  await new Promise<void>((resolve) => server.listen(port, "127.0.0.1", resolve));
  return { port, close: () => server.close() };
}

/** The next one begins where the last one has ended: old workers accept beside the new ones for a while. */
async function oldWorkersGone(master: number): Promise<void> {
  const calm = async () => {
    const workers = workersOf(master);
    const isCalm = workers.length === cpus().length && workers.every(({ accepting }) => accepting);
    return isCalm ? true : null;
  };
  await waitFor(calm, { timeoutMs: 30_000, intervalMs: 10 });
}
