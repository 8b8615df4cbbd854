import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Shop, shop } from "../support/compose-apps.ts";
import { exec } from "../support/exec.ts";
import { projectOf, type SeenContainer, thingsOf } from "../support/inspect.ts";
import { keyOwner } from "../support/key-owner.ts";
import { runPush } from "../support/running.ts";
import { TestHost } from "../support/test-host.ts";

let host: TestHost;
const app = "shop-main";
const good: Shop = { text: "good" };

/** The project as Docker tells it: nothing of this may differ after a push that failed. */
interface Snapshot {
  readonly containers: readonly SeenContainer[];
  readonly things: readonly string[];
}

async function snapshot(): Promise<Snapshot> {
  return { containers: await projectOf(host, app), things: await thingsOf(host, app) };
}

beforeAll(async () => {
  host = await TestHost.start();
  await host.must(host.push("shop", shop(good)));
});

afterAll(async () => {
  await host.destroy();
});

/** What was replaced in place runs again, so that it has started since. */
async function nothingChanged(before: Snapshot, replaced: string | null = null): Promise<void> {
  const seen = ({ containers, things }: Snapshot) => ({
    things,
    containers: containers.map((each) =>
      each.service === replaced ? { ...each, startedAt: "since" } : each,
    ),
  });
  const newest = async () =>
    (await host.octoJson<{ status: string }[]>("releases", "shop"))[0]?.status;
  await expect.poll(newest, { timeout: 15_000 }).not.toBe("building");
  await expect.poll(async () => seen(await snapshot()), { timeout: 15_000 }).toEqual(seen(before));
  expect((await host.see("shop")).body).toBe("good");
  const releases = await host.octoJson<{ status: string }[]>("releases", "shop");
  expect(releases.filter(({ status }) => status === "live")).toHaveLength(1);
}

const more = (lines: string) => ({ ...good, text: "bad", services: lines });

const job = "  job: {image: goku-test/busybox, command: ['sh', '-c', 'echo broken job; exit 4']}\n";

/** What is wrong, the tree that has it, and what the pusher reads. */
const failing: readonly (readonly [what: string, files: Record<string, string>, said: RegExp])[] = [
  ["a file that is no YAML", { ...shop(good), "compose.yaml": "services: [" }, /compose\.yaml/],
  ["a key that compose does not know", shop({ ...good, web: ["imege: x"] }), /imege/],
  [
    "a build that fails",
    { ...shop(good), "web/Dockerfile": "FROM goku-test/busybox\nRUN echo oh no && false\n" },
    /oh no/,
  ],
  [
    "an image that is nowhere to be had",
    shop(more("  extra: {image: 'localhost:1/none:1'}\n")),
    /localhost:1\/none/,
  ],
  [
    "a container that cannot be started",
    shop(more("  extra: {image: goku-test/busybox, command: [/no/such/program]}\n")),
    /no\/such\/program/,
  ],
  [
    "a routed service that crashes",
    shop({ text: "bad", web: ["command: ['sh', '-c', 'echo last words; exit 7']"] }),
    /exit status 7[\s\S]*last words/,
  ],
  [
    "a routed service that never listens",
    shop({ text: "bad", web: ["command: ['sleep', '1000']"] }),
    /port 80/,
  ],
  [
    "a worker that crashes",
    shop(more("  extra: {image: goku-test/busybox, command: ['sh', '-c', 'exit 9']}\n")),
    /exit status 9/,
  ],
  [
    "a healthcheck that fails",
    shop({ text: "bad", web: ["healthcheck: {test: ['CMD', 'false']}"] }),
    /HEALTHCHECK/,
  ],
  [
    "a job that fails and that others wait for",
    shop({
      text: "bad",
      waitFor: "job: {condition: service_completed_successfully}",
      services: job,
    }),
    /exit status 4[\s\S]*broken job/,
  ],
  [
    "a database that does not come up in its new form: the old one runs again",
    shop({ text: "bad", database: "two", command: "exit 5" }),
    /exit status 5/,
  ],
  [
    "a web that never listens on a network that is new to it and its database",
    shop({ text: "bad", network: "back", web: ["command: ['sleep', '1000']"] }),
    /port 80/,
  ],
  [
    "a port of the server that is taken",
    shop(
      more("  extra: {image: goku-test/busybox, command: [sleep, '1000'], ports: ['TAKEN:99']}\n"),
    ),
    /TAKEN|already|taken|in use/,
  ],
  [
    "two services that could be meant",
    {
      ...shop(good),
      "compose.yaml": `services:
  one: {build: ./web, ports: ["80"]}
  two: {build: ./web, ports: ["80"]}
`,
    },
    /x-goku/,
  ],
  ["a bad x-goku", shop({ ...good, top: "x-goku: {web: 'nope:80'}" }), /nope/],
];

describe("a push of a project that fails leaves it as it was", () => {
  it.each(failing)("%s", async (what, files, said) => {
    const before = await snapshot();
    const taken = String(host.webPort);
    const tree = Object.fromEntries(
      Object.entries(files).map(([path, text]) => [path, text.replaceAll("TAKEN", taken)]),
    );
    const pushed = await host.push("shop", tree);
    expect(pushed.stderr).toMatch(said);
    expect(pushed.stderr).toContain("The previous release is still serving.");
    expect(pushed.status).toBe(1);
    await nothingChanged(before, what.startsWith("a database") ? "db" : null);
  });

  it("and the next push works", async () => {
    await host.must(host.push("shop", shop(good)));
    expect((await host.see("shop")).body).toBe("good");
    await host.projectSettled(app, 3);
  });
});

describe("whoever waits goes", () => {
  it("the pusher is killed while the project starts: it is as it was", async () => {
    const before = await snapshot();
    await host.commit("shop", shop({ text: "bad", web: ["command: ['sleep', '1000']"] }));
    const push = runPush(host, "shop");
    await push.saying(/Starting shop-main/);
    push.kill("SIGKILL");
    await push.ended;
    await nothingChanged(before);
    const [newest] = await host.octoJson<{ status: string }[]>("releases", "shop");
    expect(newest?.status).toBe("cancelled");
  });

  it("a newer push takes the place of one that waits for its health", async () => {
    await host.commit("shop", shop({ text: "never", web: ["command: ['sleep', '1000']"] }));
    const push = runPush(host, "shop");
    await push.saying(/Starting shop-main/);
    await host.git("shop", "reset", "-q", "--hard", "HEAD~1");
    await host.commit("shop", shop({ text: "newer" }));
    const second = await host.git("shop", "push", "-f", host.sshUrl("shop"), "main");
    expect((await push.ended).status).not.toBe(0);
    expect(second.status, second.stderr).toBe(0);
    expect((await host.see("shop")).body).toBe("newer");
    await host.must(host.push("shop", shop(good)));
  });
});

describe("Goku, killed with a project under way", () => {
  const killAndServe = async () => {
    await host.end("SIGKILL");
    await host.serve();
  };

  it("while it stops a project: that ends, and the project starts again", async () => {
    await host.must(host.push("halt", shop({ text: "halt" })));
    const stop = host.octo("stop", "halt");
    await expect.poll(async () => (await host.see("halt")).status).toBe(503);
    await killAndServe();
    await stop;
    const running = async () =>
      (await projectOf(host, "halt-main")).filter((each) => each.running).length;
    await expect.poll(running, { timeout: 15_000 }).toBe(0);
    expect((await host.see("halt")).status).toBe(503);
    await host.must(host.octo("start", "halt"));
    expect((await host.see("halt")).body).toBe("halt");
    await host.must(host.octo("remove", "halt", "--force"));
  });

  it("while it publishes: the project is brought live, and what it replaced goes", async () => {
    await host.projectSettled(app, 3);
    const before = await projectOf(host, app);
    await host.commit("shop", shop({ text: "published", worker: "new" }));
    const nginx = Number(await readFile(join(host.data, "nginx/nginx.pid"), "utf8"));
    const push = runPush(host, "shop");
    await push.saying(/Starting shop-main/);
    process.kill(nginx, "SIGSTOP");
    const newest = async () =>
      (await host.octoJson<{ status: string }[]>("releases", "shop"))[0]?.status;
    await expect.poll(newest, { timeout: 20_000 }).toBe("publishing");
    await host.end("SIGKILL");
    process.kill(nginx, "SIGCONT");
    await push.ended;
    await host.serve();
    expect(await newest()).toBe("live");
    await expect.poll(async () => (await host.see("shop")).body).toBe("published");
    await host.projectSettled(app, 3);
    const now = await projectOf(host, app);
    expect(now.map(({ id }) => id)).not.toEqual(before.map(({ id }) => id));
    expect(now.every(({ running }) => running)).toBe(true);
    await host.must(host.push("shop", shop(good)));
    await host.projectSettled(app, 3);
  });

  it.each([
    [
      "builds",
      { ...shop(good), "web/Dockerfile": "FROM goku-test/busybox\nRUN sleep 60\n" },
      /sleep 60/,
    ],
    [
      "starts",
      shop({ text: "bad", worker: "other", web: ["command: ['sleep', '1000']"] }),
      /Starting shop-main/,
    ],
    [
      "replaces its database",
      shop({ text: "bad", database: "two", command: "exec sleep 1000" }),
      /Replacing db in place/,
    ],
    [
      "runs its release command",
      shop({ ...good, top: "x-goku: {release: 'sleep 60'}" }),
      /release command/,
    ],
  ] as const)(
    "while it %s: all is as it was, and the next push works",
    async (when, files, said) => {
      await host.projectSettled(app, 3);
      const before = await snapshot();
      await host.commit("shop", files);
      const push = runPush(host, "shop");
      await push.saying(said);
      await killAndServe();
      expect((await push.ended).status).not.toBe(0);
      await nothingChanged(before, when.includes("database") ? "db" : null);
      await host.must(host.push("shop", shop(good)));
      expect((await host.see("shop")).body).toBe("good");
      await expect
        .poll(async () => (await projectOf(host, app)).length, { timeout: 20_000 })
        .toBe(3);
    },
  );

  it("while nothing goes on: the project stays as it is", async () => {
    const before = await snapshot();
    await killAndServe();
    await nothingChanged(before);
  });
});

describe("containers that go", () => {
  it.each(["web", "worker", "db"])(
    "%s is there again after it was killed and removed",
    async (name) => {
      const before = (await projectOf(host, app)).filter(({ service }) => service === name);
      await exec("docker", ["rm", "-f", ...before.map(({ id }) => id)]);
      await expect
        .poll(
          async () =>
            (await projectOf(host, app)).filter(
              ({ service, running }) => service === name && running,
            ).length,
          { timeout: 15_000 },
        )
        .toBe(1);
      await expect
        .poll(async () => (await host.see("shop", "/cgi-bin/db")).body, { timeout: 15_000 })
        .toContain("started");
    },
  );

  it("all come back after a reboot, with their addresses handed out anew", async () => {
    await host.end("SIGKILL");
    const all = await projectOf(host, app);
    await exec("docker", ["kill", ...all.map(({ id }) => id)]);
    await host.serve();
    await expect
      .poll(async () => (await projectOf(host, app)).every(({ running }) => running), {
        timeout: 15_000,
      })
      .toBe(true);
    expect((await projectOf(host, app)).map(({ id }) => id)).toEqual(all.map(({ id }) => id));
    await expect.poll(async () => (await host.see("shop")).body, { timeout: 10_000 }).toBe("good");
  });
});

describe("what deployers may not", () => {
  it("is listed all at once, with what would allow it, and an admin may and can allow it", async () => {
    const bob = await keyOwner(host, "bob", ["--app", "shop"]);
    const before = await snapshot();
    const files = shop({
      ...good,
      web: ["privileged: true", "pid: host", "volumes: ['/etc:/host']"],
    });
    await host.commit("shop", files);
    const pushed = await bob.push("shop", "main");
    expect(pushed.status).toBe(1);
    for (const said of [/privileged/, /pid/, /\/etc/, /policy:allow shop/]) {
      expect(pushed.stderr).toMatch(said);
    }
    await nothingChanged(before);
    const allowed = ["privileged", "host-namespace", "host-mounts"];
    await host.must(host.octo("policy:allow", "shop", ...allowed));
    await host.must(bob.push("shop", "main"));
    await host.must(host.octo("policy:deny", "shop", ...allowed));
    const set = await bob.ask("config:set", "shop/X", "1");
    expect(set.status).toBe(1);
    await host.must(host.push("shop", shop(good)));
  });
});
