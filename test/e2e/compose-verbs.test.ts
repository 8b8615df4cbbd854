import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { AppStatus, ContainerAnswer, VolumesAnswer } from "../../src/web/answers.ts";
import { databaseStarts, shop } from "../support/compose-apps.ts";
import { exec, must } from "../support/exec.ts";
import { idsOf, projectOf } from "../support/inspect.ts";
import { runOcto } from "../support/running.ts";
import { TestHost } from "../support/test-host.ts";

const job = `  setup:
    image: goku-test/busybox
    command: ["sh", "-c", "echo setup is done"]
    restart: "no"
`;

const cache = `  cache:
    image: goku-test/busybox
    command: ["sleep", "100000"]
    stop_grace_period: 1s
    volumes: ["cache:/cache"]
`;

let host: TestHost;

beforeAll(async () => {
  host = await TestHost.start();
  await host.must(host.push("shop", shop({ text: "one", worker: "works", services: job })));
});

afterAll(async () => {
  await host.destroy();
});

const ofService = async (name: string) => idsOf(host, "shop-main", name);
const status = async () => (await host.octo("status", "shop")).stdout;
const out = async (...args: string[]) => (await host.must(host.octo(...args))).stdout;

async function settled(name: string): Promise<string[]> {
  await expect.poll(() => ofService(name), { timeout: 60_000 }).toHaveLength(1);
  return ofService(name);
}

describe("looking at a project", () => {
  it("ps lists every container, status and info say whether all run that should", async () => {
    const containers = await host.octoJson<ContainerAnswer[]>("ps", "shop");
    expect(containers).toMatchObject([
      { service: "db", version: null, state: "running", exitStatus: null },
      { service: "setup", version: null, state: "exited", exitStatus: 0 },
      { service: "web", version: 1, state: "running", index: 1 },
      { service: "worker", version: null, state: "running" },
    ]);
    const web = containers.find(({ service }) => service === "web");
    expect(await out("ps", "shop")).toContain(web?.address);
    expect(await out("ps", "shop")).toMatch(/^setup .* exited \(0\)/m);
    expect(await status()).toBe("shop: OK\n");
    expect(await out("info", "shop")).toContain("OK, 3 of 3 containers");
  });

  it("status is OK again when a database that was killed is back", async () => {
    const seen = async () =>
      (await projectOf(host, "shop-main")).find(({ service }) => service === "db");
    const before = await seen();
    await host.must(exec("docker", ["kill", before?.id ?? ""]));
    await expect.poll(seen, { timeout: 60_000 }).toMatchObject({
      id: before?.id,
      running: true,
      startedAt: expect.not.stringMatching(before?.startedAt ?? ""),
    });
    expect(await status()).toBe("shop: OK\n");
    const { services } = await host.octoJson<AppStatus>("status", "shop");
    expect(services.map(({ name, running }) => `${name} ${running}`)).toEqual([
      "db 1",
      "setup 0",
      "web 1",
      "worker 1",
    ]);
  });

  it("logs say which service wrote a line", async () => {
    const all = await out("logs", "shop");
    expect(all).toContain("worker.1 | works\n");
    expect(all).toContain("setup.1 | setup is done\n");
    expect(await out("logs", "shop", "setup")).toBe("setup.1 | setup is done\n");
    const typo = await host.octo("logs", "shop", "wroker");
    expect(typo).toMatchObject({ status: 1, stdout: "" });
    expect(typo.stderr).toContain("Did you mean worker?");
  });

  it("logs -f follow what takes a worker's place", async () => {
    const following = runOcto(host, "logs", "shop", "worker", "-f");
    try {
      await following.saying(/worker\.1 \| works/);
      await host.must(host.push("shop", shop({ text: "one", worker: "works on", services: job })));
      await following.saying(/worker\.1 \| works on/);
    } finally {
      following.kill("SIGINT");
    }
    await following.ended;
    await settled("worker");
  });

  it("run starts a container like those of the service, on the project's network", async () => {
    const starts = ["wget", "-qO-", "http://db:5432/starts"];
    const asked = await host.octo("run", "shop", "--", ...starts);
    expect(asked.stdout).toMatch(/^(started\n)+$/);
    const inDb = await host.octoWith("hello", "run", "shop", "db", "--", "sh", "-c", "cat; exit 4");
    expect(inDb).toMatchObject({ status: 4, stdout: "hello" });
  });
});

describe("changing a project", () => {
  it("scale of a service leaves the others alone, and refuses what there is not", async () => {
    const before = await projectOf(host, "shop-main");
    await host.must(host.octo("scale", "shop", "worker=2"));
    await expect.poll(() => ofService("worker"), { timeout: 60_000 }).toHaveLength(2);
    const db = before.find(({ service }) => service === "db");
    expect(await projectOf(host, "shop-main")).toContainEqual(db);
    expect(await out("logs", "shop", "worker")).toContain("worker.2 | works on\n");
    const again = await out("scale", "shop", "worker=2");
    expect(again).toMatch(/Nothing changed: .*worker in 2/);
    const none = await host.octo("scale", "shop", "wroker=2");
    expect(none).toMatchObject({ status: 1 });
    expect(none.stderr).toContain("Did you mean worker?");
    await host.must(host.octo("scale", "shop", "worker=1"));
    await settled("worker");
  });

  it("restart spares the database and says how it is restarted", async () => {
    const [[db], [worker], [web]] = [
      await settled("db"),
      await settled("worker"),
      await settled("web"),
    ];
    const said = await out("restart", "shop");
    expect(said).toMatch(/db keeps running, since .*octo restart shop db/);
    expect(await settled("worker")).not.toEqual([worker]);
    expect(await settled("web")).not.toEqual([web]);
    expect(await settled("db")).toEqual([db]);
    await host.must(host.octo("restart", "shop", "db"));
    expect(await settled("db")).not.toEqual([db]);
    expect(await status()).toBe("shop: OK\n");
  });

  it("stop keeps the containers, also when the daemon starts anew, and start brings them back", async () => {
    const [db] = await settled("db");
    await settled("web");
    const ids = (await projectOf(host, "shop-main")).map(({ id }) => id);
    await host.must(host.octo("stop", "shop"));
    await host.end();
    await host.serve();
    const stopped = await projectOf(host, "shop-main");
    expect(stopped.map(({ id }) => id)).toEqual(ids);
    expect(stopped.some(({ running }) => running)).toBe(false);
    expect(await status()).toBe("shop: STOPPED\n");
    await host.must(host.octo("start", "shop"));
    expect((await host.see("shop")).body).toBe("one");
    expect(await ofService("db")).toEqual([db]);
    expect(await status()).toBe("shop: OK\n");
  });

  it("start makes containers anew whose network somebody pruned meanwhile, with the data they had", async () => {
    await settled("web");
    const [db] = await settled("db");
    const starts = await databaseStarts(host, "shop");
    await host.must(host.octo("stop", "shop"));
    const ours = ["--filter", `label=goku.instance=${host.instance}`];
    const ofApp = ["--filter", "label=goku.app=shop-main"];
    await must(exec("docker", ["network", "prune", "--force", ...ours, ...ofApp]));
    // A look at it takes nothing away that was stopped.
    await host.end();
    await host.serve();
    expect(await ofService("db")).toEqual([db]);
    await host.must(host.octo("start", "shop"));
    expect((await host.see("shop")).body).toBe("one");
    expect(await settled("db")).not.toEqual([db]);
    expect(await databaseStarts(host, "shop")).toBe(starts + 1);
    expect(await status()).toBe("shop: OK\n");
  });
});

describe("volumes", () => {
  const volumes = async (app = "shop") =>
    (await host.octoJson<VolumesAnswer>("volumes", app)).volumes.map(
      ({ name, used }) => `${name.replace(/^.*_/, "")} ${used}`,
    );

  it("of a service that is no more stay, until they are pruned", async () => {
    const files = shop({ text: "two", services: cache });
    const withCache = { ...files, "compose.yaml": `${files["compose.yaml"]}  cache:\n` };
    await host.must(host.push("shop", withCache));
    expect(await volumes()).toEqual(["cache true", "data true"]);
    await host.must(host.push("shop", shop({ text: "three" })));
    await expect.poll(volumes, { timeout: 60_000 }).toEqual(["cache false", "data true"]);
    expect(await out("volumes:prune", "shop", "--dry-run")).toMatch(
      /^Would remove \S+_cache of shop\n$/,
    );
    expect(await volumes()).toHaveLength(2);
    expect(await out("volumes:prune", "shop")).toMatch(/^Removed \S+_cache of shop\n$/);
    expect(await volumes()).toEqual(["data true"]);
  });

  it("of an app that is gone are found by its name, and by no name at all", async () => {
    await host.must(host.octo("remove", "shop"));
    expect(await volumes("shop")).toEqual(["data false"]);
    expect(await out("volumes:prune", "--dry-run")).toContain("_data of shop\n");
    expect(await out("volumes:prune", "shop-main")).toMatch(/^Removed \S+_data of shop\n$/);
    const gone = await host.octo("volumes", "shop");
    expect(gone).toMatchObject({ status: 1, stdout: "" });
  });
});
