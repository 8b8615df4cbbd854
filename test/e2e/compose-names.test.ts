import { afterAll, beforeAll, expect, it } from "vitest";
import { z } from "zod";
import { exec } from "../support/exec.ts";
import { idsOf, projectOf } from "../support/inspect.ts";
import { failures, startLoad, summary } from "../support/load.ts";
import { TestHost } from "../support/test-host.ts";
import type { Files } from "../support/working-copies.ts";

/*
 * A web server that asks for the address of what is behind it once, when it starts, as nginx does for an `upstream`, and
 * sends requests to all addresses it was told.
 */

let host: TestHost;

beforeAll(async () => {
  // What never comes up waits for the test.
  host = await TestHost.start({ env: { GOKU_DEADLINE: "60s" } });
});

afterAll(async () => {
  await host.destroy();
});

interface Project {
  readonly web: string;
  readonly app: string;
  /** web says that it depends on app. */
  readonly told?: boolean;
  /** What web runs before it serves. */
  readonly first?: string;
  /** app writes to a volume, so that there can be one at a time. */
  readonly alone?: boolean;
}

const page = "/cgi-bin/page";

function project({ web, app, told = true, first = "true", alone = false }: Project): Files {
  const build = alone
    ? `image: goku-test/busybox
    command: ["sh", "-c", "mkdir -p /www; echo 'app ${app}' > /www/index.html; exec httpd -f -p 8000 -h /www"]
    volumes: ["data:/data"]`
    : "build: ./app";
  return {
    "compose.yaml": `services:
  web:
    build: ./web
    ports: ["8080:80"]
    stop_grace_period: 1s${told ? "\n    depends_on: [app]" : ""}
  app:
    ${build}
    stop_grace_period: 1s
    healthcheck: {test: ["CMD", "wget", "-qO", "/dev/null", "http://127.0.0.1:8000/"]}
${alone ? "volumes:\n  data:\n" : ""}`,
    "app/Dockerfile":
      'FROM goku-test/busybox\nCOPY index.html /www/\nCMD ["httpd", "-f", "-p", "8000", "-h", "/www"]\n',
    "app/index.html": `app ${app}\n`,
    "web/Dockerfile": 'FROM goku-test/busybox\nCOPY . /web\nCMD ["/web/start"]\n',
    "web/start": `#!/bin/sh
${first}
nslookup app | awk '/^Name/ {found = 1} found && /^Address/ {print $NF}' > /addresses
exec httpd -f -p 80 -h /web/www
`,
    "web/www/index.html": web,
    "web/www/cgi-bin/page": `#!/bin/sh
set -- $(cat /addresses)
shift $(($$ % $#))
printf 'Content-Type: text/plain\\r\\n\\r\\n'
echo "web ${web}, $(wget -T 20 -qO- http://$1:8000/), end"
`,
    "web/www/cgi-bin/addresses": `#!/bin/sh
printf 'Content-Type: text/plain\\r\\n\\r\\n'
cat /addresses
`,
  };
}

function readPage(body: string): string | null {
  return /^web v\d+, app v\d+, end\n$/.test(body) ? body : null;
}

async function see(app: string): Promise<string> {
  return (await host.see(app, page)).body.trim();
}

async function linesOf(app: string, path: string): Promise<string[]> {
  return (await host.see(app, path)).body.trim().split("\n").sort();
}

const inspectedSchema = z.tuple([
  z.object({
    State: z.object({ Paused: z.boolean() }),
    NetworkSettings: z.object({
      Networks: z.record(
        z.string(),
        z.object({ IPAddress: z.string(), Aliases: z.array(z.string()).nullable() }),
      ),
    }),
  }),
]);

async function endpoint(id: string) {
  const { stdout } = await exec("docker", ["inspect", id]);
  const [{ State, NetworkSettings }] = inspectedSchema.parse(JSON.parse(stdout));
  const networks = Object.values(NetworkSettings.Networks);
  return {
    paused: State.Paused,
    addresses: networks.map(({ IPAddress }) => IPAddress),
    names: networks.flatMap(({ Aliases }) => Aliases ?? []),
  };
}

/** What `app` means to a container of the project now. */
async function resolveIn(id: string): Promise<string[]> {
  const script = "nslookup app | awk '/^Name/ {found = 1} found && /^Address/ {print $NF}'";
  const { stdout } = await exec("docker", ["exec", id, "sh", "-c", script]);
  return stdout.trim().split("\n").sort();
}

it("finds the new one alone when both change, push after push, under load", async () => {
  await host.must(host.push("names", project({ web: "v0", app: "v0" })));
  expect(await see("names")).toBe("web v0, app v0, end");
  const load = startLoad({
    port: host.httpPort,
    host: `names.${host.domain}`,
    path: page,
    perSecond: 40,
    // Each starts four programs.
    inFlight: 20,
    read: readPage,
  });
  for (let number = 1; number <= 5; number++) {
    const name = `v${number}`;
    await host.must(host.push("names", project({ web: name, app: name, told: number <= 3 })));
    expect(await see("names")).toBe(`web ${name}, app ${name}, end`);
    await host.projectSettled("names-main", 2);
    const [app = ""] = await idsOf(host, "names-main", "app");
    expect(await linesOf("names", "/cgi-bin/addresses")).toEqual((await endpoint(app)).addresses);
  }
  await load.more(20);
  const seen = await load.end();
  console.info(`5 pushes of web and what is behind it: ${summary(seen)}`);
  expect(failures(seen)).toEqual([]);
});

it("leaves names as they were when a push fails", async () => {
  await host.must(host.push("fails", project({ web: "v1", app: "v1" })));
  const before = await projectOf(host, "fails-main");
  const [web = ""] = await idsOf(host, "fails-main", "web");
  const [app = ""] = await idsOf(host, "fails-main", "app");
  const known = await endpoint(app);
  const refused = await host.push("fails", project({ web: "v2", app: "v2", first: "exit 3" }));
  expect(refused.status).not.toBe(0);
  expect(await projectOf(host, "fails-main")).toEqual(before);
  expect(await resolveIn(web)).toEqual(known.addresses);
  expect((await endpoint(app)).names).toContain("app");
  expect(await see("fails")).toBe("web v1, app v1, end");
});

it("gives names back when Goku was killed in the middle of a push", async () => {
  await host.must(host.push("killed", project({ web: "v1", app: "v1" })));
  const [web = ""] = await idsOf(host, "killed-main", "web");
  const [app = ""] = await idsOf(host, "killed-main", "app");
  const { addresses } = await endpoint(app);
  const pushed = host.push("killed", project({ web: "v2", app: "v2", first: "sleep 600" }));
  await expect
    .poll(async () => (await endpoint(app)).names, { timeout: 60_000, interval: 20 })
    .toEqual([]);
  await host.end("SIGKILL");
  expect((await pushed).status).not.toBe(0);
  await host.serve();
  await expect.poll(async () => (await endpoint(app)).names, { timeout: 60_000 }).toContain("app");
  await host.projectSettled("killed-main", 2);
  expect(await resolveIn(web)).toEqual(addresses);
  expect((await endpoint(app)).paused).toBe(false);
  expect(await see("killed")).toBe("web v1, app v1, end");
});

it("finds what was replaced in place at the address it had", async () => {
  await host.must(host.push("alone", project({ web: "v1", app: "v1", alone: true })));
  for (const name of ["v2", "v3"]) {
    const [old = ""] = await idsOf(host, "alone-main", "app");
    const { addresses } = await endpoint(old);
    const pushed = await host.must(
      host.push("alone", project({ web: name, app: name, alone: true })),
    );
    expect(pushed.stderr).toMatch(/app: replaced in place, last/);
    expect(await see("alone")).toBe(`web ${name}, app ${name}, end`);
    await host.projectSettled("alone-main", 2);
    const [now = ""] = await idsOf(host, "alone-main", "app");
    expect(now).not.toBe(old);
    expect((await endpoint(now)).addresses).toEqual(addresses);
  }
});
