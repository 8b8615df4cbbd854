import { waitFor } from "../../src/system/wait.ts";
import { containerNames } from "./instance-in-docker.ts";
import { page, serveWww } from "./sample-apps.ts";
import type { TestHost } from "./test-host.ts";
import type { Files } from "./working-copies.ts";

export interface FleetApp {
  readonly name: string;
  /** A compose project, not a Dockerfile. */
  readonly isProject: boolean;
}

/** When a deploy began and ended; milliseconds of `performance.now()`. */
export interface Deployed {
  readonly began: number;
  readonly ended: number;
}

/** Deploys each of the apps again and again, all at once, until the time is over. */
export async function deployTogether<App>(
  apps: readonly App[],
  deploy: (app: App) => Promise<unknown>,
  isOver: () => boolean,
): Promise<Deployed[]> {
  const deploys: Deployed[] = [];
  await Promise.all(
    apps.map(async (app) => {
      while (!isOver()) {
        const began = performance.now();
        await deploy(app);
        deploys.push({ began, ended: performance.now() });
      }
    }),
  );
  return deploys;
}

/** The front page of an app's n-th version; the load generator knows it by heart. */
export const fleetText = (name: string, version: number) => `${name} ${version} end`;

/** web + worker + database. With a port, web has one of the server's as well: as it is written for use without Goku. */
export function projectFiles(text: string, port = "80"): Files {
  const idle = '    image: goku-test/busybox\n    command: ["sleep", "1000000"]\n';
  const end = "    stop_signal: SIGKILL\n";
  return {
    "compose.yaml":
      `services:\n  web:\n    build: ./web\n    ports: ["${port}"]\n    depends_on: [db]\n${end}` +
      `  worker:\n${idle}${end}  db:\n${idle}${end}    volumes: ["data:/data"]\nvolumes:\n  data:\n`,
    "web/Dockerfile": serveWww.httpd,
    "web/www/index.html": text,
  };
}

/** Many small apps of one host, each with a number that goes up with every push. */
export class Fleet {
  readonly apps: readonly FleetApp[];
  readonly #host: TestHost;
  readonly #dockerfile: string;
  readonly #pushUrl: (app: string) => string;
  readonly #versions = new Map<string, number>();

  private constructor(
    host: TestHost,
    apps: readonly FleetApp[],
    server: keyof typeof serveWww,
    token: string,
  ) {
    this.#host = host;
    this.apps = apps;
    this.#dockerfile = serveWww[server];
    this.#pushUrl = (app) => `http://fleet:${token}@127.0.0.1:${host.webPort}/git/${app}.git`;
  }

  /** Pushes all of them, four at a time. */
  static async start(
    host: TestHost,
    count: { readonly dockerfiles: number; readonly projects: number },
    server: keyof typeof serveWww = "httpd",
  ): Promise<Fleet> {
    const named = (prefix: string, size: number, isProject: boolean) =>
      Array.from({ length: size }, (_, at) => ({ name: `${prefix}${at + 1}`, isProject }));
    const apps = [
      ...named("page", count.dockerfiles, false),
      ...named("shop", count.projects, true),
    ];
    const made = await host.octoJson<{ token: string }>("tokens:add", "fleet", "--admin");
    const fleet = new Fleet(host, apps, server, made.token);
    const waiting = [...apps];
    await Promise.all(
      Array.from({ length: 4 }, async () => {
        for (let app = waiting.shift(); app !== undefined; app = waiting.shift()) {
          await fleet.push(app);
        }
      }),
    );
    return fleet;
  }

  get names(): string[] {
    return this.apps.map(({ name }) => name);
  }

  /** The number of the app's last push. */
  version({ name }: FleetApp): number {
    return this.#versions.get(name) ?? 0;
  }

  /** Pushes the app's next version over HTTP. @returns milliseconds from the start of `git push` to its end */
  async push({ name, isProject }: FleetApp): Promise<number> {
    const version = (this.#versions.get(name) ?? 0) + 1;
    const text = fleetText(name, version);
    const files = isProject
      ? { ...projectFiles(text), "web/Dockerfile": this.#dockerfile }
      : page(text, { Dockerfile: this.#dockerfile });
    await this.#host.commit(name, files);
    const began = performance.now();
    await this.#host.must(this.#host.git(name, "push", "-q", this.#pushUrl(name), "main"));
    this.#versions.set(name, version);
    return performance.now() - began;
  }

  /** Whoever does not show its last push. */
  async stale(): Promise<string[]> {
    const bodies = await Promise.all(
      this.apps.map(async (app) => ({ app, body: (await this.#host.see(app.name)).body })),
    );
    return bodies
      .filter(({ app, body }) => body !== fleetText(app.name, this.version(app)))
      .map(({ app, body }) => `${app.name} shows ${body.slice(0, 100)}`);
  }

  /** Pushes each of the apps again and again, all at once, until the time is over. */
  async pushTogether(apps: readonly FleetApp[], isOver: () => boolean): Promise<Deployed[]> {
    return deployTogether(apps, (app) => this.push(app), isOver);
  }

  /** Resolves when every app has the containers of one release. */
  async settled(): Promise<void> {
    const containers = this.apps.reduce((sum, { isProject }) => sum + (isProject ? 3 : 1), 0);
    const look = async () =>
      (await containerNames(this.#host.instance)).length === containers || null;
    if ((await waitFor(look, { timeoutMs: 60_000, intervalMs: 100 })) === null) {
      throw new Error("the fleet did not settle");
    }
  }
}
