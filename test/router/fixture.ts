import { execFile } from "node:child_process";
import { readFile, rm } from "node:fs/promises";
import http from "node:http";
import type { Server, Socket } from "node:net";
import { join } from "node:path";
import { promisify } from "node:util";
import type { PreparedRoute, Router } from "../../src/ports.ts";
import type { Backend, Route, Site } from "../../src/route.ts";
import { clear } from "../../src/router/layout.ts";
import { findMaster, workersOf } from "../../src/router/nginx/master.ts";
import { type Places, placesOf } from "../../src/router/places.ts";
import { createRouter, type RouterOptions } from "../../src/router/router.ts";
import { waitFor } from "../../src/system/wait.ts";
import { freePort } from "../support/free-port.ts";
import { silentLog } from "../support/silent-log.ts";
import { quickFolder } from "../support/quick-folder.ts";

/** A router with a real nginx of its own, and everything that was made around it. */
export interface Host {
  readonly folder: string;
  readonly places: Places;
  readonly httpPort: number;
  readonly httpsPort: number;
  readonly webPort: number;
  readonly router: Router;
  /** As if Goku had been restarted: another router on the same folder. */
  restarted(changed?: Partial<RouterOptions>): Router;
  /** Process ids of the workers that accept connections. */
  workers(): Promise<number[]>;
  master(): Promise<number>;
  /** As a push does it: announced, prepared, published. */
  publish(...routes: Route[]): Promise<PreparedRoute[]>;
  get(domain: string, path?: string, headers?: http.OutgoingHttpHeaders): Promise<Answer>;
  /** Text of the file with the generation. */
  state(): Promise<string>;
  /** Ends nginx and removes the folder. */
  end(): Promise<void>;
}

export interface Answer {
  readonly status: number;
  readonly headers: http.IncomingHttpHeaders;
  readonly body: string;
}

export async function makeHost(): Promise<Host> {
  const folder = quickFolder("goku-router-");
  const httpPort = await freePort();
  const httpsPort = await freePort();
  const webPort = await freePort();
  const options = {
    folder: join(folder, "nginx"),
    logFolder: join(folder, "logs"),
    http: { host: "127.0.0.1", port: httpPort },
    https: { host: "127.0.0.1", port: httpsPort },
    web: { host: "127.0.0.1", port: webPort },
    domain: "example.test",
    log: silentLog(),
  };
  const places = placesOf({ ...options, otherUser: process.getuid?.() === 0 });
  const router = createRouter(options);

  async function master() {
    const pid = await findMaster(places);
    if (pid === null) {
      throw new Error("nginx does not run");
    }
    return pid;
  }

  return {
    folder,
    places,
    httpPort,
    httpsPort,
    webPort,
    router,
    master,
    restarted: (changed) => createRouter({ ...options, ...changed }),
    workers: async () =>
      workersOf(await master()).flatMap(({ pid, accepting }) => (accepting ? [pid] : [])),
    publish: async (...routes) => {
      await Promise.all(routes.map(({ app }) => router.announce(app)));
      const prepared = await Promise.all(routes.map((route) => router.prepare(route)));
      await router.publish(prepared);
      return prepared;
    },
    state: () => readFile(places.state, "utf8"),
    get: (domain, path, headers) => get(httpPort, domain, path, headers),
    end: async () => {
      const pid = await findMaster(places);
      if (pid !== null) {
        process.kill(pid, "SIGTERM");
        await waitFor(async () => ((await findMaster(places)) === null ? true : null), {
          timeoutMs: 30_000,
        });
      }
      await rm(folder, { recursive: true, force: true });
      await rm(places.status, { force: true });
      await clear(places);
    },
  };
}

/** What a test may say about a route of one site. */
export type RouteChoices = Partial<Site & Omit<Route, "app" | "sites">>;

/** A plain route of `app` with one site, reached as `<app>.example.test`. */
export function routeOf(
  app: string,
  backends: readonly Backend[],
  { domains = [`${app}.example.test`], ...more }: Omit<RouteChoices, "backends"> = {},
): Route {
  return routeOfSites(app, [{ domains, backends }], more);
}

/** A plain route of `app` with these sites. */
export function routeOfSites(
  app: string,
  sites: readonly Site[],
  more: Omit<RouteChoices, keyof Site> = {},
): Route {
  return { app, sites, certificate: null, sslForced: false, template: null, ...more };
}

export interface TestBackend extends Backend {
  /** Requests it has got. */
  count(): number;
  readonly server: http.Server;
  /** As a container that is removed: no connection outlives it. */
  close(): Promise<void>;
}

/** A tiny HTTP server on an address of its own. */
export async function startBackend(
  address: string,
  handle: http.RequestListener | string,
): Promise<TestBackend> {
  let count = 0;
  const server = http.createServer((request, response) => {
    count++;
    if (typeof handle === "string") {
      response.end(handle);
    } else {
      handle(request, response);
    }
  });
  const port = await listen(server, 0, address);
  return {
    address,
    port,
    server,
    count: () => count,
    close: async () => {
      const closed = new Promise((resolve) => server.close(resolve));
      server.closeAllConnections();
      await closed;
    },
  };
}

export function listen(server: Server, port: number, address: string): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, address, () => {
      const bound = server.address();
      resolve(typeof bound === "object" && bound !== null ? bound.port : 0);
    });
  });
}

export function get(
  port: number,
  domain: string,
  path = "/",
  headers: http.OutgoingHttpHeaders = {},
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const request = http.request({
      agent: false,
      host: "127.0.0.1",
      port,
      path,
      headers: { host: domain, ...headers },
    });
    request.on("error", reject);
    request.on("response", (response) => {
      let body = "";
      response.setEncoding("utf8");
      response.on("data", (text: string) => (body += text));
      response.on("error", reject);
      response.on("end", () =>
        resolve({ status: response.statusCode ?? 0, headers: response.headers, body }),
      );
    });
    request.end();
  });
}

/** Waits until something becomes true, or fails saying what didn't. */
export async function eventually(
  what: string,
  look: () => Promise<boolean> | boolean,
): Promise<void> {
  const answer = await waitFor(async () => ((await look()) ? true : null), {
    timeoutMs: 30_000,
    intervalMs: 5,
    maxIntervalMs: 50,
  });
  if (answer === null) {
    throw new Error(`never happened: ${what}`);
  }
}

export interface TestCertificate {
  readonly certificate: string;
  readonly key: string;
}

/** A self-signed certificate and its key in `<folder>/<name>.{crt,key}`. */
export async function makeCertificate(folder: string, name: string): Promise<TestCertificate> {
  const certificate = join(folder, `${name}.crt`);
  const key = join(folder, `${name}.key`);
  const curve = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"];
  const output = ["-keyout", key, "-out", certificate];
  await promisify(execFile)("openssl", [
    "req",
    "-x509",
    "-days",
    "2",
    "-subj",
    `/CN=${name}`,
    ...curve,
    ...output,
  ]);
  return { certificate, key };
}

/** Resolves with all that comes until the other side ends. */
export function readAll(socket: Socket): Promise<string> {
  return new Promise((resolve, reject) => {
    let text = "";
    socket.setEncoding("latin1");
    socket.on("data", (chunk: string) => (text += chunk));
    socket.on("error", reject);
    socket.on("close", () => resolve(text));
  });
}
