import { createHash } from "node:crypto";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { databaseStarts, shop, untilDatabaseEnds } from "../support/compose-apps.ts";
import { exec } from "../support/exec.ts";
import { idsOf, projectOf, thingsOf } from "../support/inspect.ts";
import { page, parseEnv } from "../support/sample-apps.ts";
import { TestHost } from "../support/test-host.ts";

let host: TestHost;

beforeAll(async () => {
  host = await TestHost.start();
});

afterAll(async () => {
  await host.destroy();
});

describe("a project of web, worker and database", () => {
  it("goes live with its first push, and says what it does beforehand", async () => {
    const pushed = await host.must(host.push("shop", shop({ text: "one" })));
    expect(pushed.stderr).toMatch(/v1 of shop-main is live/);
    expect(pushed.stderr).toMatch(/web: started\s/);
    expect(pushed.stderr).toMatch(/db: started\s/);
    expect((await host.see("shop")).body).toBe("one");
    expect(await databaseStarts(host, "shop")).toBe(1);
  });

  it("a change of web alone leaves the others alone", async () => {
    const before = await projectOf(host, "shop-main");
    const pushed = await host.must(host.push("shop", shop({ text: "two" })));
    expect(pushed.stderr).toMatch(/web: started beside the old/);
    expect(pushed.stderr).toMatch(/db: unchanged, left alone/);
    expect((await host.see("shop")).body).toBe("two");
    const others = (list: typeof before) => list.filter(({ service }) => service !== "web");
    expect(others(await projectOf(host, "shop-main"))).toEqual(others(before));
    await expect.poll(() => idsOf(host, "shop-main", "web"), { timeout: 60_000 }).toHaveLength(1);
    expect(await databaseStarts(host, "shop")).toBe(1);
  });

  it("a changed worker gets a twin, and the old one goes", async () => {
    const before = await idsOf(host, "shop-main", "worker");
    const db = await idsOf(host, "shop-main", "db");
    const pushed = await host.must(host.push("shop", shop({ text: "three", worker: "harder" })));
    expect(pushed.stderr).toMatch(/worker: started beside the old/);
    await expect
      .poll(() => idsOf(host, "shop-main", "worker"), { timeout: 60_000 })
      .not.toEqual(expect.arrayContaining(before));
    expect(await idsOf(host, "shop-main", "worker")).toHaveLength(1);
    expect(await idsOf(host, "shop-main", "db")).toEqual(db);
  });

  it("a changed database is replaced in place, last, and its data stay", async () => {
    const db = await idsOf(host, "shop-main", "db");
    const changed = shop({ text: "four", worker: "harder", database: "two" });
    const pushed = await host.must(host.push("shop", changed));
    expect(pushed.stderr).toMatch(/db: replaced in place, last, since .*data/);
    expect(await databaseStarts(host, "shop")).toBe(2);
    await expect.poll(() => idsOf(host, "shop-main", "db"), { timeout: 60_000 }).toHaveLength(1);
    expect(await idsOf(host, "shop-main", "db")).not.toEqual(db);
  });

  it("a web that ends when it loses its database serves with the new one", async () => {
    const web = [`command: ['sh', '-c', '${untilDatabaseEnds}']`];
    await host.must(host.push("lost", shop({ text: "one", web })));
    const pushed = await host.must(host.push("lost", shop({ text: "two", web, database: "two" })));
    expect(pushed.stderr).toMatch(/web-\d+ has ended meanwhile; starting it again/);
    expect((await host.see("lost")).body).toBe("two");
  });

  it("a changed worker that fails when it loses its database runs with the new one", async () => {
    const services = (name: string) => `  api:
    image: goku-test/busybox
    command: ['sh', '-c', '${untilDatabaseEnds}']
    environment: {NAME: ${name}}
    stop_grace_period: 1s
    depends_on: [db]
`;
    await host.must(host.push("failed", shop({ text: "one", services: services("one") })));
    const changed = shop({ text: "two", services: services("two"), database: "two" });
    const pushed = await host.must(host.push("failed", changed));
    expect(pushed.stderr).toMatch(/api-\d+ has ended meanwhile; starting it again/);
    await host.projectSettled("failed-main", 4);
    expect((await projectOf(host, "failed-main")).every(({ running }) => running)).toBe(true);
  });

  it("is rolled back with its file, its images and its vars", async () => {
    await host.must(host.octo("config:set", "shop/COLOR", "red"));
    const file = shop({ text: "five", web: ["environment: [COLOR]"], worker: "harder" });
    await host.must(host.push("shop", file));
    expect(parseEnv((await host.see("shop", "/cgi-bin/env")).body)["COLOR"]).toBe("red");
    expect(await databaseStarts(host, "shop")).toBe(3);
    const [newest] = await host.octoJson<{ version: number }[]>("releases", "shop");
    await host.must(host.octo("rollback", "shop"));
    expect((await host.see("shop")).body).toBe("four");
    expect(parseEnv((await host.see("shop", "/cgi-bin/env")).body)["COLOR"]).toBeUndefined();
    expect(await databaseStarts(host, "shop")).toBe(4);
    await host.must(host.octo("rollback", "shop", `v${newest?.version}`));
    expect((await host.see("shop")).body).toBe("five");
  });

  it("takes a service away that the file no longer has, and keeps its volume", async () => {
    const more = `  cache:
    image: goku-test/busybox
    command: ["sleep", "100000"]
    stop_grace_period: 1s
    volumes: ["cache:/cache"]
`;
    const files = shop({ text: "six", services: more });
    const file = `${files["compose.yaml"]}  cache:\n`;
    await host.must(host.push("shop", { ...files, "compose.yaml": file }));
    expect(await idsOf(host, "shop-main", "cache")).toHaveLength(1);
    const pushed = await host.must(host.push("shop", shop({ text: "seven" })));
    expect(pushed.stderr).toMatch(/cache: no longer in the file/);
    await expect.poll(() => idsOf(host, "shop-main", "cache"), { timeout: 60_000 }).toEqual([]);
    const volumes = (await thingsOf(host, "shop-main")).filter((name) => name.startsWith("volume"));
    expect(volumes.join()).toContain("cache");
  });

  it("restarts nothing when the same commit comes again", async () => {
    await host.projectSettled("shop-main", 3);
    const before = await projectOf(host, "shop-main");
    await host.must(host.push("shop", null));
    expect(await projectOf(host, "shop-main")).toEqual(before);
  });
});

describe("config vars", () => {
  it("reach the file and the containers that ask for them, and nothing else", async () => {
    const files = shop({
      text: "vars",
      web: ["environment:", "  GREETING: ${GREETING:-none}", "  PASSWORD:"],
    });
    await host.must(host.octo("config:set", "vars/PASSWORD=a$b'c\"d e", "vars/OTHER=x"));
    await host.must(host.push("vars", files));
    const seen = async () => parseEnv((await host.see("vars", "/cgi-bin/env")).body);
    expect(await seen()).toMatchObject({ GREETING: "none", PASSWORD: "a$b'c\"d e" });
    expect(await seen()).not.toHaveProperty("OTHER");
    const db = await idsOf(host, "vars-main", "db");
    await host.must(host.octo("config:set", "vars/GREETING", "hello ${OTHER}"));
    expect(await seen()).toMatchObject({ GREETING: "hello ${OTHER}" });
    expect(await idsOf(host, "vars-main", "db")).toEqual(db);
  });
});

describe("a project's life", () => {
  it("scales the routed service and others, keeps to it, and stops, starts and goes", async () => {
    await host.must(host.push("life", shop({ text: "life" })));
    await host.must(host.octo("scale", "life=3"));
    await expect.poll(() => idsOf(host, "life-main", "web"), { timeout: 60_000 }).toHaveLength(3);
    await host.must(host.octo("scale", "life", "worker=2"));
    await expect
      .poll(() => idsOf(host, "life-main", "worker"), { timeout: 60_000 })
      .toHaveLength(2);
    await expect.poll(() => idsOf(host, "life-main", "web"), { timeout: 60_000 }).toHaveLength(3);
    const db = await idsOf(host, "life-main", "db");
    await host.must(host.octo("stop", "life"));
    expect((await host.see("life")).status).toBe(503);
    const stopped = await projectOf(host, "life-main");
    expect(stopped.filter(({ running }) => running)).toEqual([]);
    await host.must(host.octo("start", "life"));
    expect((await host.see("life")).body).toBe("life");
    expect(await idsOf(host, "life-main", "db")).toEqual(db);
    expect(await databaseStarts(host, "life")).toBe(2);
    await host.must(host.octo("remove", "life"));
    expect((await host.see("life")).status).toBe(404);
    expect(await projectOf(host, "life-main")).toEqual([]);
    expect((await thingsOf(host, "life-main")).join()).toMatch(/^volume \S+data$/);
    await host.must(host.push("life", null));
    expect(await databaseStarts(host, "life")).toBe(3);
    await host.must(host.octo("remove", "life", "--force"));
    expect(await thingsOf(host, "life-main")).toEqual([]);
  });

  it("bears one release right after another, while old containers are still going", async () => {
    await host.must(host.push("quick", shop({ text: "quick" })));
    for (const value of ["1", "2", "3", "4", "5", "6"]) {
      await host.must(host.octo("config:set", `quick/X=${value}`));
      await host.must(host.octo("restart", "quick"));
    }
    expect((await host.see("quick")).body).toBe("quick");
    await host.projectSettled("quick-main", 3);
  });

  it("puts web and its database on another network together", async () => {
    await host.must(host.push("net", shop({ text: "before" })));
    await host.must(host.push("net", shop({ text: "after", network: "back" })));
    expect((await host.see("net")).body).toBe("after");
    expect(await databaseStarts(host, "net")).toBe(2);
    await host.projectSettled("net-main", 3);
    const networks = (await projectOf(host, "net-main")).map(({ service, networks: on }) => [
      service,
      on.filter((name) => name.includes("net-main")).map((name) => name.split("_").at(-1)),
    ]);
    expect(networks).toEqual([
      ["db", ["back"]],
      ["web", ["back"]],
      ["worker", ["default"]],
    ]);
  });

  it("turns from a Dockerfile into a project and back", async () => {
    await host.must(host.push("turn", page("dockerfile")));
    await host.must(host.push("turn", shop({ text: "project" })));
    expect((await host.see("turn")).body).toBe("project");
    await host.must(host.push("turn", page("dockerfile again")));
    expect((await host.see("turn")).body).toBe("dockerfile again");
    await expect.poll(() => projectOf(host, "turn-main"), { timeout: 60_000 }).toEqual([]);
    await host.must(host.octo("rollback", "turn"));
    expect((await host.see("turn")).body).toBe("project");
  });

  it("runs its release command once, in the new image, when the database is there", async () => {
    const top = `x-goku: {release: "wget -qO- http://db:5432/starts && echo migrated"}`;
    const pushed = await host.must(host.push("migrating", shop({ text: "new", top })));
    expect(pushed.stderr.match(/remote:\s+migrated/g)).toHaveLength(1);
    const set = await host.must(host.octo("config:set", "migrating/X", "1"));
    expect(set.stdout + set.stderr).not.toContain("migrated");
    const broken = shop({ text: "broken", top: `x-goku: {release: "echo no; exit 3"}` });
    await host.projectSettled("migrating-main", 3);
    const before = await projectOf(host, "migrating-main");
    const refused = await host.push("migrating", broken);
    expect(refused.status).not.toBe(0);
    expect(refused.stderr).toContain("exit status 3");
    expect(await projectOf(host, "migrating-main")).toEqual(before);
    expect((await host.see("migrating")).body).toBe("new");
  });
});

describe("what docker shows", () => {
  it("is the project by its name in Docker", async () => {
    const { stdout } = await exec("docker", ["compose", "ls", "--format", "json"]);
    expect(stdout).toContain(`"${host.instance}-vars-main"`);
  });
});

describe("a project that takes the place of a Dockerfile", () => {
  it("is the only one that runs, also where nothing answers HTTP", async () => {
    const sleep = { Dockerfile: 'FROM goku-test/busybox\nCMD ["sleep", "100000"]\n' };
    await host.must(host.push("switch", sleep));
    const worker =
      "services: {worker: {image: goku-test/busybox, command: [sleep, '100000'], stop_grace_period: 1s}}\n";
    await host.must(host.push("switch", { "compose.yaml": worker }));
    const ours = async () => (await host.containers()).filter((name) => name.includes("switch"));
    await expect
      .poll(ours, { timeout: 60_000 })
      .toEqual([expect.stringMatching(/switch-main-worker-1$/)]);
  });
});

it("a build has its secrets from config vars", async () => {
  const file = (build: string, more = "") =>
    `services: {web: {build: ${build}, command: [httpd, -f, -h, /www], expose: [80], stop_grace_period: 1s}}\n${more}`;
  const first = "FROM goku-test/busybox\nRUN mkdir /www\n";
  await host.must(host.push("sesame", { "compose.yaml": file("."), Dockerfile: first }));
  await host.must(host.octo("config:set", "sesame/TOKEN=open $esame"));
  await host.must(
    host.push("sesame", {
      "compose.yaml": file(
        "{context: ., secrets: [key]}",
        "secrets: {key: {environment: TOKEN}}\n",
      ),
      Dockerfile: `${first}RUN --mount=type=secret,id=key sha256sum < /run/secrets/key > /www/index.html\n`,
    }),
  );
  const hash = createHash("sha256").update("open $esame").digest("hex");
  expect((await host.see("sesame")).body).toContain(hash);
});
