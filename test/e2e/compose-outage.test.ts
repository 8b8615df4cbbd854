import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { endsWell, type Shop, shop } from "../support/compose-apps.ts";
import { startConsul, type TestConsul } from "../support/consul.ts";
import { projectOf, type SeenContainer, thingsOf } from "../support/inspect.ts";
import { runPush } from "../support/running.ts";
import { type SocketProxy, startSocketProxy } from "../support/socket-proxy.ts";
import { TestHost } from "../support/test-host.ts";

let host: TestHost;
let docker: SocketProxy;
let consul: TestConsul;
let folder: string;
const app = "shop-main";
const good: Shop = { text: "good", command: endsWell };

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "goku-outage-"));
  const socket = join(folder, "docker.sock");
  docker = await startSocketProxy(socket, "/var/run/docker.sock");
  consul = await startConsul({ durable: true });
  host = await TestHost.start({
    // What never comes up waits for the test.
    env: {
      GOKU_DOCKER: `unix://${socket}`,
      GOKU_CONSUL: consul.address,
      GOKU_DEADLINE: "60s",
    },
  });
  await host.must(host.push("shop", shop(good)));
});

afterAll(async () => {
  await host.destroy();
  await docker.cut();
  await consul.stop();
  await rm(folder, { recursive: true });
});

interface Seen {
  readonly containers: readonly SeenContainer[];
  readonly things: readonly string[];
}

let before: Seen;

async function look(replaced: string | null = null): Promise<Seen> {
  const containers = await projectOf(host, app);
  return {
    things: await thingsOf(host, app),
    containers: startedSince(containers, replaced),
  };
}

/** What was replaced in place was started again, at whatever time. */
function startedSince(
  containers: readonly SeenContainer[],
  replaced: string | null,
): readonly SeenContainer[] {
  return containers.map((each) =>
    each.service === replaced ? Object.assign({}, each, { startedAt: "since" }) : each,
  );
}

beforeEach(async () => {
  await docker.mend();
  await host.projectSettled(app, 3);
  before = await look();
});

/** The push is refused for this reason, the page is served on, and in the end all is as it was. */
async function expectAsBefore(
  push: Promise<{ status: number | null; stderr: string }>,
  reason: RegExp,
  replaced: string | null = null,
): Promise<void> {
  const { status, stderr } = await push;
  expect(stderr).toMatch(reason);
  expect(stderr).toContain("The previous release is still serving.");
  expect(status).toBe(1);
  expect((await host.see("shop")).body).toBe("good");
  await docker.mend();
  const expected = { ...before, containers: startedSince(before.containers, replaced) };
  await expect.poll(() => look(replaced), { timeout: 60_000 }).toEqual(expected);
  expect((await host.see("shop")).body).toBe("good");
}

const noDocker = /Docker (?:does not answer|cannot be reached|is not running)/i;

describe("a Docker that is gone in the middle of a project's push", () => {
  it.each([
    [
      "while it builds",
      () => ({
        ...shop(good),
        "web/Dockerfile": `FROM goku-test/busybox\nRUN sleep 60; echo ${host.instance}\n`,
      }),
      /sleep 60/,
    ],
    [
      "while it starts",
      () => shop({ ...good, text: "bad", worker: "other", web: ["command: ['sleep', '1000']"] }),
      /Starting shop-main/,
    ],
    [
      "while its release command runs",
      () => shop({ ...good, text: "bad", top: "x-goku: {release: 'sleep 60'}" }),
      /release command/,
    ],
  ])("%s", async (_when, files, said) => {
    await host.commit("shop", files());
    const push = runPush(host, "shop");
    await push.saying(said);
    await docker.cut();
    await expectAsBefore(push.ended, noDocker);
  });

  it("while a database is replaced: the old one runs again once Docker is back", async () => {
    const command = "exec sleep 1000";
    await host.commit("shop", shop({ ...good, text: "bad", database: "two", command }));
    const push = runPush(host, "shop");
    await push.saying(/Replacing db in place/);
    const old = before.containers.find(({ service }) => service === "db");
    const isUp = async () =>
      (await projectOf(host, app)).some(({ id, running }) => id === old?.id && running);
    await expect.poll(isUp, { timeout: 60_000 }).toBe(false);
    await docker.cut();
    await expectAsBefore(push.ended, noDocker, "db");
  });

  it("before it", async () => {
    await docker.cut();
    await expectAsBefore(host.push("shop", shop({ ...good, text: "early" })), noDocker);
  });
});

describe("an nginx that refuses", () => {
  it("after a database was replaced in place: the old one runs again", async () => {
    const main = join(host.data, "nginx/nginx.conf");
    const text = await readFile(main, "utf8");
    await writeFile(main, `${text}\nnonsense;\n`);
    try {
      const push = host.push("shop", shop({ ...good, text: "bad", database: "two" }));
      await expectAsBefore(push, /nonsense/, "db");
    } finally {
      await writeFile(main, text);
    }
  });
});

describe("a Consul that is gone", () => {
  it("refuses the push and names where it was looked for; the project runs on", async () => {
    await consul.kill();
    await expectAsBefore(host.push("shop", shop({ ...good, text: "bad" })), /Consul at http/);
    await consul.start();
    await host.must(host.push("shop", shop(good)));
  });
});

it("the next push works", async () => {
  await host.must(host.push("shop", shop({ ...good, text: "after all" })));
  expect((await host.see("shop")).body).toBe("after all");
});
