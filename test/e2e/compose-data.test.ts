import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { exec } from "../support/exec.ts";
import { idsOf, thingsOf } from "../support/inspect.ts";
import { runPush } from "../support/running.ts";
import { shellApp } from "../support/sample-apps.ts";
import { TestHost } from "../support/test-host.ts";
import type { Files } from "../support/working-copies.ts";

let host: TestHost;

beforeAll(async () => {
  // What never comes up waits for the test.
  host = await TestHost.start({ env: { GOKU_DEADLINE: "60s" } });
});

afterAll(async () => {
  await host.destroy();
});

/** Two of it on one volume: the second ends at once. So does one after another that had no time to end. */
const server = [
  "mkdir /data/lock || exit 9",
  "echo started >> /data/starts",
  "trap 'rmdir /data/lock; exit 0' TERM",
  "httpd -f -p 5432 -h /data & wait",
].join("; ");

interface Named {
  readonly text: string;
  /** Of the database; web ends at once where it does not find it by that. */
  readonly name: string;
  readonly command?: string;
}

/** The name has to lead to it at once; it may listen a moment later. */
const find = (name: string) =>
  `until wget -qO- http://${name}:5432/starts 2>/said; do grep refused /said || exit 3; sleep 0.1; done`;

const cgi = "#!/bin/sh\nprintf 'Content-Type: text/plain\\r\\n\\r\\n'\n";

function shop({ text, name, command = server }: Named): Files {
  return {
    "compose.yaml": `
services:
  web:
    build: ./web
    ports: ["8000:80"]
    stop_grace_period: 1s
    depends_on: [${name}]
    command: ["sh", "-c", "${find(name)}; exec httpd -f -p 80 -h /www"]
  ${name}:
    image: goku-test/busybox
    command: ["sh", "-c", "${command}"]
    stop_grace_period: 30s
    volumes: ["data:/data"]
volumes:
  data:
`,
    "web/Dockerfile": "FROM goku-test/busybox\nCOPY www /www\n",
    "web/www/index.html": text,
    "web/www/cgi-bin/starts": `${cgi}wget -qO- http://${name}:5432/starts\n`,
  };
}

const starts = async () =>
  (await host.see("shop", "/cgi-bin/starts")).body.split("\n").slice(0, -1);

/** Networks of a container, and the names it has there, its own included. */
async function namesOf(ids: readonly string[]): Promise<string[]> {
  const networks =
    "{{range $name, $end := .NetworkSettings.Networks}} {{$name}} {{$end.Aliases}}{{end}}";
  const found = await exec("docker", ["inspect", "--format", `{{.Name}}${networks}`, ...ids]);
  return [...new Set(found.stdout.match(/[\w-]+/g))].sort();
}

describe("a database that the file calls by another name", () => {
  it("takes the place of the old one, which web finds by the new name until then", async () => {
    await host.must(host.push("shop", shop({ text: "one", name: "db" })));
    const pushed = await host.must(host.push("shop", shop({ text: "two", name: "database" })));
    expect(pushed.stderr).toMatch(/database: takes the place of db, last, since .*data/);
    expect((await host.see("shop")).body).toBe("two");
    expect(await starts()).toEqual(["started", "started"]);
    await expect.poll(() => idsOf(host, "shop-main", "db"), { timeout: 60_000 }).toEqual([]);
  });

  it("gives it back where it does not come up", async () => {
    const before = await idsOf(host, "shop-main", "database");
    const known = await namesOf(before);
    expect(known).toContain("database");
    const bad = shop({ text: "bad", name: "store", command: "exit 5" });
    const pushed = await host.push("shop", bad);
    expect(pushed.status).toBe(1);
    expect(pushed.stderr).toMatch(/exit status 5/);
    expect((await host.see("shop")).body).toBe("two");
    await expect.poll(starts, { timeout: 60_000 }).toHaveLength(3);
    expect(await idsOf(host, "shop-main", "database")).toEqual(before);
    expect(await namesOf(before)).toEqual(known);
    expect(await idsOf(host, "shop-main", "store")).toEqual([]);
  });

  it("takes the new name from the old one where web does not come up beside it", async () => {
    const [before, count] = [await idsOf(host, "shop-main", "database"), (await starts()).length];
    const known = await namesOf(before);
    const files = shop({ text: "bad", name: "vault" });
    // Only where it finds the old one by the new name.
    const endingWeb = String(files["compose.yaml"]).replace("exec httpd -f -p 80", "exit 4; echo");
    const pushed = await host.push("shop", { ...files, "compose.yaml": endingWeb });
    expect(pushed.status).toBe(1);
    expect(pushed.stderr).toMatch(/exit status 4/);
    expect((await host.see("shop")).body).toBe("two");
    expect(await namesOf(before)).toEqual(known);
    expect(await starts()).toHaveLength(count);
  });

  it("has its own name alone after a Goku that was killed when it had both", async () => {
    const before = await idsOf(host, "shop-main", "database");
    const known = await namesOf(before);
    const files = shop({ text: "bad", name: "cellar" });
    const lateWeb = String(files["compose.yaml"]).replace(
      "exec httpd -f -p 80",
      "sleep 1000; echo",
    );
    const pushed = host.push("shop", { ...files, "compose.yaml": lateWeb });
    await expect.poll(() => namesOf(before), { timeout: 60_000 }).toContain("cellar");
    await host.end("SIGKILL");
    expect((await pushed).status).not.toBe(0);
    await host.serve();
    await expect.poll(() => namesOf(before), { timeout: 60_000 }).toEqual(known);
    expect((await host.see("shop")).body).toBe("two");
  });
});

/** A database that is not to be had once it was set up by half, and one that never gets further than that. */
const begin = "[ ! -e /data/begun ] || exit 9; touch /data/begun";
const whole = `${begin}; exec httpd -f -p 80 -h /data`;
const half = `${begin}; sleep 100000`;

const composed = (command: string): Files => ({
  "compose.yaml": `
services:
  db:
    image: goku-test/busybox
    command: ["sh", "-c", "${command}"]
    stop_grace_period: 1s
    volumes: ["data:/data"]
    healthcheck: {test: ["CMD", "wget", "-qO", "/dev/null", "http://127.0.0.1/begun"]}
volumes:
  data:
`,
});
const built = (command: string): Files => shellApp(command, ["VOLUME /data", "EXPOSE 80"]);

describe("the first push of a database, killed with Goku while that sets itself up", () => {
  it.each([
    ["of a project", "composed", composed],
    ["of a Dockerfile", "built", built],
  ] as const)("leaves no half of it to the next, %s", async (_, app, filesOf) => {
    const volumes = async () =>
      (await thingsOf(host, `${app}-main`)).filter((name) => name.startsWith("volume"));
    await host.commit(app, filesOf(half));
    const push = runPush(host, app);
    const mine = ["--filter", `label=goku.app=${app}-main`, "--filter", "volume=/data"];
    const hasBegun = async () => {
      const found = await exec("docker", [
        "ps",
        "-q",
        ...mine,
        "--filter",
        `name=${host.instance}`,
      ]);
      const id = found.stdout.trim();
      return id !== "" && (await exec("docker", ["exec", id, "ls", "/data/begun"])).status === 0;
    };
    await expect.poll(hasBegun, { timeout: 60_000 }).toBe(true);
    expect(await volumes()).toHaveLength(1);
    await host.end("SIGKILL");
    await host.serve();
    expect((await push.ended).status).not.toBe(0);
    // The start waits no longer than five seconds for it.
    await expect.poll(volumes, { timeout: 60_000 }).toEqual([]);
    await host.must(host.push(app, filesOf(whole)));
    expect(await volumes()).toHaveLength(1);
  });
});
