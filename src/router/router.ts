import { join } from "node:path";
import { isAppName } from "../app.ts";
import { usage } from "../errors.ts";
import type { Router } from "../ports.ts";
import { isDomain, isSafePath } from "../route.ts";
import type { Log } from "../system/log.ts";
import { oneAtATime } from "../system/turns.ts";
import { createCopies } from "./certificate/copies.ts";
import { createAnnouncement } from "./leaving.ts";
import { checkState, clear, layOut, maxOpenFiles } from "./layout.ts";
import { readAccessLog } from "./log/access-log.ts";
import { forgetApp } from "./log/forget.ts";
import { moveLargeLogs } from "./log/rotation.ts";
import type { Nginx } from "./nginx/binary.ts";
import { createCheckAlone } from "./nginx/check-alone.ts";
import { findMaster } from "./nginx/master.ts";
import { drained } from "./net/drain.ts";
import { accessLogPath, placesOf } from "./places.ts";
import { createPrepare } from "./prepare.ts";
import { createPublish } from "./publish.ts";
import { repair } from "./repair.ts";
import { start } from "./start.ts";
import { createState } from "./state.ts";
import { createSwitch } from "./switch.ts";
import { type Address, type MainConfiguration, renderMain } from "./text/render.ts";
import { createVhosts } from "./vhosts.ts";

export interface RouterOptions {
  /** The router's own folder: `<data>/nginx`. */
  readonly folder: string;
  readonly logFolder: string;
  readonly http: Address;
  readonly https: Address;
  /** Where Goku itself answers; nginx serves it as `goku.<domain>`. */
  readonly web: Address;
  readonly domain: string;
  readonly log: Log;
  /** nginx's program; searched for where it is not a path. */
  readonly nginx?: string;
  /** Account of nginx's workers, where Goku is root. */
  readonly user?: string;
}

/** Routes -> nginx text -> validated -> reloaded, or put back. */
export function createRouter(options: RouterOptions): Router {
  const { log, http, https, web, domain, folder, logFolder, nginx: binary = "nginx" } = options;
  const isRoot = process.getuid?.() === 0;
  const places = placesOf({ folder, logFolder, otherUser: isRoot });
  checkOptions(options);

  const renderFor = (configuration: Partial<MainConfiguration>) =>
    renderMain({
      user: isRoot ? (options.user ?? null) : null,
      maxOpenFiles: leastOpenFiles,
      pid: places.pid,
      errorLog: places.errorLog,
      temp: places.temp,
      state: places.state,
      vhosts: join(places.apps, "*.conf"),
      http,
      web,
      domain,
      ...configuration,
    });
  const complaintAbout = createCheckAlone({
    binary,
    folder: places.check,
    render: (vhost) =>
      renderFor({
        vhosts: vhost,
        state: checkState(places),
        pid: join(places.check, "nginx.pid"),
        errorLog: "stderr",
      }),
  });
  const vhosts = createVhosts(places);
  const surroundings = { http, https, logFolder };
  const copies = createCopies({ places, vhosts, surroundings, complaintAbout, log });
  const { render, prepare, fileOf } = createPrepare({
    places,
    surroundings,
    copies,
    complaintAbout,
  });
  const state = createState(places);
  const callWith = (main: string): Nginx => ({ binary, main, prefix: folder });
  const repairWith = (main: string) =>
    repair({ nginx: callWith(main), vhosts, complaintAbout, log });

  const locked = oneAtATime();
  const switchNow = createSwitch({
    places,
    nginx: callWith(places.main),
    http,
    https,
    vhosts,
    state,
    repair: () => repairWith(places.main),
    log,
  });
  const announcement = createAnnouncement(places, state, log);
  const publish = createPublish(
    (changes, onServing) =>
      locked(async () => {
        await switchNow(changes, onServing);
        const apps = changes.map(({ app }) => app);
        await announcement.passOn(apps);
        await Promise.all(apps.map((app) => copies.prune(app)));
      }),
    announcement.ripe,
    log,
  );
  let isCleared = false;

  return {
    start: () =>
      locked(async () => {
        if (!isCleared) {
          await clear(places);
          isCleared = true;
        }
        await layOut(places);
        await start({
          places,
          state,
          main: renderFor({ maxOpenFiles: await maxOpenFiles() }),
          repair: () => repairWith(places.newMain),
          announce: announcement.ripe,
          goLive: () => switchNow([], () => undefined),
        });
      }),
    announce: announcement.make,
    prepare: (route, prepareOptions = {}) => prepare(route, prepareOptions),
    publish: (routes, onServing) =>
      publish(
        routes.map((route) => ({
          app: route.app,
          text: route.text,
          file: fileOf(route),
        })),
        onServing,
      ),
    remove: async (app) => {
      if (!isAppName(app)) {
        return;
      }
      if ((await vhosts.read(app)) === null) {
        await copies.prune(app);
      } else {
        await publish([{ app, text: null, file: null }]);
      }
    },
    published: async () =>
      [...new Set([...(await vhosts.apps()), ...(await copies.apps())])].sort(),
    isPublished: async (app, route) =>
      (await vhosts.read(app)) ===
      (route === null ? null : await render(route, { servedCertificate: true })),
    isRunning: async () => (await findMaster(places)) !== null,
    drained: (backend, drainOptions) => drained(places, backend, drainOptions),
    accessLog: (app, logOptions) => readAccessLog(accessLogPath(places, app), logOptions),
    forget: (app) =>
      locked(async () => {
        if (isAppName(app)) {
          await forgetApp(places, app);
          await copies.prune(app);
        }
      }),
    rotateLogs: async (maxBytes, keep) => {
      if ((await moveLargeLogs(logFolder, maxBytes, keep)) > 0) {
        // Not USR1: by that the workers open the logs themselves, and they may not enter the folder.
        await publish([]);
      }
    },
  };
}

/** For checks, where nothing is opened. */
const leastOpenFiles = 1024;

/** What is not a route's but becomes nginx's text as well. */
function checkOptions({ folder, logFolder, domain, user = "nobody" }: RouterOptions): void {
  if (!isSafePath(folder) || !isSafePath(logFolder)) {
    throw usage(
      `nginx cannot work in the folder ${JSON.stringify(folder)}.`,
      "Use an absolute path without spaces, quotes, semicolons, braces, # and $.",
    );
  }
  if (!isDomain(`goku.${domain}`)) {
    throw usage(`${JSON.stringify(domain)} is not a domain.`, "Correct the setting `domain`.");
  }
  if (!/^[a-z_][a-z0-9_-]*$/.test(user)) {
    throw usage(`${JSON.stringify(user)} is not the name of a system user.`);
  }
}
