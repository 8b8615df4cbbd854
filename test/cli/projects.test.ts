import { text } from "node:stream/consumers";
import { describe, expect, it } from "vitest";
import type { App } from "../../src/app.ts";
import type { Composer, ServiceContainer, Volume } from "../../src/compose-ports.ts";
import { type Crashes, createCrashes } from "../../src/deploy/crashes.ts";
import type { Engine } from "../../src/ports.ts";
import { fingerprint } from "../../src/project/compose/fingerprint.ts";
import { composeProject, container, service } from "../deploy/compose-parts.ts";
import { addApp, addKey, nobody, type TestControl, testControl } from "../web/test-control.ts";
import { runOcto } from "./run-octo.ts";

const createdAt = "2026-03-01T12:00:00.000Z";
const project = composeProject([
  service("web"),
  service("worker"),
  service("migrate", { runs: "until-done" }),
]);

function one(name: string, more: Partial<ServiceContainer> = {}): ServiceContainer {
  return container(`blog-main-${name}-1`, {
    app: "blog-main",
    service: name,
    fingerprint: fingerprint(project, name),
    image: `sha256:${"0123456789abcdef".repeat(4)}`,
    createdAt,
    ...more,
  });
}

const containers = [
  one("web", { version: 1, address: "10.213.0.5" }),
  one("worker", { state: "restarting" }),
  one("migrate", { state: "exited" }),
];

/** `blog` is a project with one live release. */
async function projectHost(
  composer: Partial<Composer> = {},
  engine: Partial<Engine> = {},
  crashes: Crashes = createCrashes(),
): Promise<TestControl & { readonly app: App }> {
  const host = await testControl({
    crashes,
    queue: { run: ({ signal }, work) => work({ signal, commit: () => undefined }) },
    composer: { listServices: async () => containers, ...composer },
    engine: {
      listReplicas: async () => {
        const { fingerprint: _print, state: _state, ...web } = one("web");
        return [{ ...web, version: 1, index: 1, running: true, restarting: false }];
      },
      inspectReplica: async (id) => ({
        running: false,
        restarting: false,
        exitCode: 137,
        oomKilled: false,
        restarts: id === "blog-main-worker-1" ? 9 : 0,
        hasHealthcheck: false,
      }),
      ...engine,
    },
  });
  const app = addApp(host, "blog");
  host.store.releases.update(app.id, 1, { image: null, project });
  return { ...host, app };
}

describe("octo ps of a project", () => {
  it("lists every container with its service, and how jobs have ended", async () => {
    const { stdout } = await runOcto(["ps", "blog"], await projectHost());
    const when = "2026-03-01 12:00:00";
    expect(stdout).toBe(
      [
        `migrate  blog-main-migrate-1  -   exited (137)                   -           0123456789ab  ${when}`,
        `web      blog-main-web-1      v1  up                             10.213.0.5  0123456789ab  ${when}`,
        `worker   blog-main-worker-1   -   restarting, restarted 9 times  -           0123456789ab  ${when}`,
        "",
      ].join("\n"),
    );
  });

  it("tells those on their way out from those that serve", async () => {
    const both = [
      one("web", { version: 1 }),
      one("web", { id: "web-2", name: "blog-main-web-2", version: 2 }),
    ];
    const host = await projectHost({ listServices: async () => both });
    host.store.releases.create({
      app: host.app.id,
      commit: "d".repeat(40),
      door: "push",
      by: "ann",
      reason: "push",
      project,
    });
    host.store.releases.goLive(host.app.id, 2);
    const { stdout } = await runOcto(["ps", "blog"], host);
    expect(stdout.split("\n").map((line) => line.split(/ {2,}/).slice(1, 4))).toEqual([
      ["blog-main-web-1", "v1", "leaving"],
      ["blog-main-web-2", "v2", "up"],
      [],
    ]);
  });

  it("has the same as JSON", async () => {
    const { stdout } = await runOcto(["ps", "blog", "--json"], await projectHost());
    expect(JSON.parse(stdout)).toMatchObject([
      { service: "migrate", version: null, state: "exited", exitStatus: 137, address: null },
      { service: "web", version: 1, state: "running", exitStatus: null, address: "10.213.0.5" },
      { service: "worker", version: null, state: "restarting", exitStatus: null },
    ]);
  });
});

describe("octo info of a project", () => {
  it("counts the containers of each service", async () => {
    const { stdout } = await runOcto(["info", "blog"], await projectHost());
    expect(stdout).toContain("status    DOWN, 1 of 2 containers\n");
    expect(stdout).toContain("services  web: 1 of 1\n");
    expect(stdout).toContain("          worker: 0 of 1\n");
    expect(stdout).toContain("          migrate: runs until it is done\n");
  });

  it("is up when all run that should", async () => {
    const running = containers.map((each) => (each.service === "worker" ? one("worker") : each));
    const host = await projectHost({ listServices: async () => running });
    expect((await runOcto(["status", "blog"], host)).stdout).toBe("blog: OK\n");
  });
});

describe("octo status of an app whose container dies again and again", () => {
  it("says so, also in the moments when it is up, until it has been well for a while", async () => {
    let now = 0;
    const crashes = createCrashes(() => now);
    const running = containers.map((each) => (each.service === "worker" ? one("worker") : each));
    const host = await projectHost({ listServices: async () => running }, {}, crashes);
    const status = async () => (await runOcto(["status", "blog"], host)).stdout;
    for (const said of ["OK", "OK", "RESTARTING"]) {
      now += 60_000;
      crashes.note("blog-main-worker-1");
      expect(await status()).toBe(`blog: ${said}\n`);
    }
    expect((await runOcto(["info", "blog"], host)).stdout).toContain("RESTARTING, 2 of 2");
    now += 300_000;
    expect(await status()).toBe("blog: OK\n");
  });
});

describe("octo logs of a project", () => {
  const engine: Partial<Engine> = {
    async *logs(id) {
      yield `${id} speaks`;
    },
  };

  it("says before each line which service wrote it", async () => {
    const { stdout } = await runOcto(["logs", "blog"], await projectHost({}, engine));
    expect(stdout.trimEnd().split("\n").sort()).toEqual([
      "migrate.1 | blog-main-migrate-1 speaks",
      "web.1 | blog-main-web-1 speaks",
      "worker.1 | blog-main-worker-1 speaks",
    ]);
  });

  it("are those of one service, or refused with the nearest name", async () => {
    const host = await projectHost({}, engine);
    const { stdout } = await runOcto(["logs", "blog", "web"], host);
    expect(stdout).toBe("web.1 | blog-main-web-1 speaks\n");
    const typo = await runOcto(["logs", "blog", "wbe"], host);
    expect(typo).toMatchObject({ status: 1, stdout: "" });
    expect(typo.stderr).toContain("Did you mean web?");
  });
});

describe("octo run of a project", () => {
  it("passes standard streams and the exit status through", async () => {
    const host = await projectHost({
      async run(_spec, name, command, { stdin, stdout }) {
        const input = stdin === null ? "" : await text(stdin);
        stdout.write(`${name}: ${command.join(" ")}: ${input}`);
        return 3;
      },
    });
    const ended = await runOcto(["run", "blog", "worker", "--", "cat", "-"], {
      ...host,
      input: "hi",
    });
    expect(ended).toEqual({ status: 3, stdout: "worker: cat -: hi", stderr: "" });
  });
});

describe("octo scale of a project", () => {
  it("says so where nothing changes", async () => {
    const host = await projectHost();
    host.store.apps.setStopped(host.app.id, true);
    await host.vars.change("blog", { set: { CONTAINERS: "worker=2" }, remove: [] });
    const { stdout } = await runOcto(["scale", "blog", "worker=2"], host);
    expect(stdout).toBe(
      "Nothing changed: blog-main runs web in 1, worker in 2, migrate in 1 already.\n",
    );
  });
});

describe("octo volumes", () => {
  const volumes: Volume[] = [
    { name: "blog-main_data", used: true, createdAt },
    { name: "blog-main_old", used: false, createdAt },
  ];
  const listVolumes = async (app: string) => (app === "blog-main" ? volumes : []);

  it("lists them with what uses them", async () => {
    const { stdout } = await runOcto(["volumes", "blog"], await projectHost({ listVolumes }));
    expect(stdout).toBe(
      "blog-main_data  used    2026-03-01 12:00:00\nblog-main_old   unused  2026-03-01 12:00:00\n",
    );
  });

  it("says on standard error that there are none", async () => {
    const ended = await runOcto(["volumes", "blog"], await projectHost());
    expect(ended).toEqual({ status: 0, stdout: "", stderr: "blog has no volumes.\n" });
  });

  it("of an app that never was names the nearest", async () => {
    const ended = await runOcto(["volumes:prune", "blgo"], await projectHost({ listVolumes }));
    expect(ended).toMatchObject({ status: 1, stdout: "" });
    expect(ended.stderr).toContain("Did you mean blog?");
  });

  it("are only named by a dry run, those of all apps that one may deploy to", async () => {
    const host = await projectHost({ listVolumes });
    const would = "Would remove blog-main_old of blog\n";
    expect((await runOcto(["volumes:prune", "--dry-run"], host)).stdout).toBe(would);
    addKey(host, "other", { ...nobody, deploy: ["shop"] });
    const forced = { ...host, key: "other", sshCommand: "volumes:prune --dry-run" };
    expect((await runOcto([], forced)).stdout).toBe("");
    expect(host.store.events.list(null, 5)).toEqual([]);
  });

  it("of an app that is gone are for those who may deploy to its name", async () => {
    const host = await projectHost({ listVolumes });
    host.store.apps.remove("blog-main");
    addKey(host, "reader", { ...nobody, read: ["blog-main"] });
    const forced = { ...host, key: "reader", sshCommand: "volumes blog-main" };
    expect((await runOcto([], forced)).stderr).toContain('There is no app "blog-main".');
    addKey(host, "deployer", { ...nobody, deploy: ["blog-main"] });
    const { stdout } = await runOcto([], { ...forced, key: "deployer" });
    expect(stdout).toContain("blog-main_old   unused");
  });
});
