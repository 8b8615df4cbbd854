import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { shop } from "../support/compose-apps.ts";
import { exec } from "../support/exec.ts";
import { projectOf, type SeenContainer, thingsOf } from "../support/inspect.ts";
import { keyOwner } from "../support/key-owner.ts";
import { whileNginxHangs } from "../support/nginx.ts";
import { statusesOf, untilPublishing } from "../support/releases.ts";
import { runPush } from "../support/running.ts";
import { soon } from "../support/soon.ts";
import { TestHost } from "../support/test-host.ts";
import { failing, good } from "./failing-shops.ts";

let host: TestHost;
const app = "shop-main";

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
  const newest = async () => (await statusesOf(host, "shop"))[0];
  await expect.poll(newest, { timeout: 60_000 }).not.toBe("building");
  await expect.poll(async () => seen(await snapshot()), { timeout: 60_000 }).toEqual(seen(before));
  expect((await host.see("shop")).body).toBe("good");
  const statuses = await statusesOf(host, "shop");
  expect(statuses.filter((status) => status === "live")).toHaveLength(1);
}

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
    expect((await statusesOf(host, "shop"))[0]).toBe("cancelled");
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
    await soon(async () => (await host.see("halt")).status).toBe(503);
    await killAndServe();
    await stop;
    const running = async () =>
      (await projectOf(host, "halt-main")).filter((each) => each.running).length;
    await expect.poll(running, { timeout: 60_000 }).toBe(0);
    expect((await host.see("halt")).status).toBe(503);
    await host.must(host.octo("start", "halt"));
    expect((await host.see("halt")).body).toBe("halt");
    await host.must(host.octo("remove", "halt", "--force"));
  });

  it("while it publishes: the project is brought live, and what it replaced goes", async () => {
    await host.projectSettled(app, 3);
    const before = await projectOf(host, app);
    await host.commit("shop", shop({ text: "published", worker: "new" }));
    await whileNginxHangs(host, async () => {
      const push = runPush(host, "shop");
      await untilPublishing(host, "shop");
      await host.end("SIGKILL");
      await push.ended;
    });
    await host.serve();
    expect((await statusesOf(host, "shop"))[0]).toBe("live");
    await soon(async () => (await host.see("shop")).body).toBe("published");
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
      {
        ...shop(good),
        "web/Dockerfile": `FROM goku-test/busybox\nRUN sleep 60; : ${Date.now()}\n`,
      },
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
        .poll(async () => (await projectOf(host, app)).length, { timeout: 60_000 })
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
          { timeout: 60_000 },
        )
        .toBe(1);
      await expect
        .poll(async () => (await host.see("shop", "/cgi-bin/db")).body, { timeout: 60_000 })
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
        timeout: 60_000,
      })
      .toBe(true);
    expect((await projectOf(host, app)).map(({ id }) => id)).toEqual(all.map(({ id }) => id));
    await expect.poll(async () => (await host.see("shop")).body, { timeout: 60_000 }).toBe("good");
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
