import { spawn } from "node:child_process";
import { readdir, readFile, rm, stat, utimes, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { findMaster } from "../../src/router/nginx/master.ts";
import { createState, leavingFile } from "../../src/router/state.ts";
import {
  eventually,
  type Host,
  listen,
  makeHost,
  routeOf,
  startBackend,
  type TestBackend,
} from "./fixture.ts";

let host: Host;
let backend: TestBackend;

beforeEach(async () => {
  host = await makeHost();
  backend = await startBackend("127.0.0.2", "here");
});
afterEach(async () => {
  await host.end();
  await backend.close();
});

const bodyOf = async (app: string) => (await host.get(`${app}.example.test`)).body;
const connectionOf = async (app: string) =>
  (await host.get(`${app}.example.test`, "/", { connection: "keep-alive" })).headers.connection;
const vhost = (app: string) => join(host.places.apps, `${app}.conf`);

async function stopNginx(signal: NodeJS.Signals) {
  process.kill(await host.master(), signal);
  await eventually("the end of nginx", async () => (await findMaster(host.places)) === null);
}

describe("start", () => {
  it("begins with nothing, and again with what was published", async () => {
    await host.router.start();
    expect(await host.router.published()).toEqual([]);
    expect((await host.get("blog-main.example.test")).status).toBe(404);
    await host.publish(routeOf("blog-main", [backend]));
    await stopNginx("SIGTERM");

    await host.restarted().start();

    expect(await bodyOf("blog-main")).toBe("here");
  });

  it("leaves an nginx alone that serves what is on disk", async () => {
    await host.router.start();
    await host.publish(routeOf("blog-main", [backend]));
    const [workers, state] = [await host.workers(), await host.state()];

    await host.router.start();
    await host.restarted().start();

    expect(await host.workers()).toEqual(workers);
    expect(await host.state()).toBe(state);
  });

  it("leaves it alone also after an app was removed and forgotten", async () => {
    await host.router.start();
    await host.publish(routeOf("blog-main", [backend]), routeOf("shop-main", [backend]));
    await host.router.remove("shop-main");
    const state = await host.state();

    await host.router.forget("shop-main");
    await host.router.start();

    expect(await readdir(host.places.apps)).toEqual(["blog-main.conf"]);
    expect(await host.state()).toBe(state);
  });

  it("takes up what was written after the last reload", async () => {
    await host.router.start();
    await host.publish(routeOf("blog-main", [backend]));
    const text = await readFile(vhost("blog-main"), "utf8");
    await writeFile(vhost("blog-main"), text.replaceAll("blog-main.example", "hand.example"));
    const later = Date.now() / 1000 + 5;
    await utimes(vhost("blog-main"), later, later);

    await host.restarted().start();

    expect(await bodyOf("hand")).toBe("here");
  });

  it("lets go of what was removed after the last reload, by a Goku that was killed just then", async () => {
    await host.router.start();
    await host.publish(routeOf("blog-main", [backend]), routeOf("shop-main", [backend]));
    // The kernel's clock for files stands still for some milliseconds.
    await eventually("a later moment", async () => {
      await rm(vhost("shop-main"), { force: true });
      await writeFile(join(host.places.apps, "moment"), "");
      await rm(join(host.places.apps, "moment"));
      const [folder, state] = await Promise.all([stat(host.places.apps), stat(host.places.state)]);
      return folder.mtimeMs > state.mtimeMs;
    });

    await host.restarted().start();

    expect((await host.get("shop-main.example.test")).status).toBe(404);
    expect(await bodyOf("blog-main")).toBe("here");
  });

  it("sets a broken vhost aside so that the others serve", async () => {
    await host.router.start();
    await host.publish(routeOf("blog-main", [backend]), routeOf("shop-main", [backend]));
    await stopNginx("SIGTERM");
    await writeFile(vhost("shop-main"), "server { listen nonsense; \u0000");

    await host.restarted().start();

    expect(await bodyOf("blog-main")).toBe("here");
    expect((await host.get("shop-main.example.test")).status).toBe(404);
    expect((await readdir(host.places.apps)).sort()).toEqual([
      "blog-main.conf",
      "shop-main.conf.broken",
    ]);
    expect(await readFile(`${vhost("shop-main")}.broken`, "utf8")).toContain("nonsense");
  });

  it("mends a state that the power took", async () => {
    await host.router.start();
    await host.publish(routeOf("blog-main", [backend]));
    await stopNginx("SIGTERM");
    await writeFile(host.places.state, "\u0000\u0000\u0000\u0000");

    await host.restarted().start();

    expect(await bodyOf("blog-main")).toBe("here");
  });

  it("takes over from a master that was killed, whose workers still have the ports and the socket", async () => {
    await host.router.start();
    await host.publish(routeOf("blog-main", [backend]));
    const workers = await host.workers();
    await stopNginx("SIGKILL");

    await host.restarted().start();

    expect(await bodyOf("blog-main")).toBe("here");
    expect((await host.workers()).filter((pid) => workers.includes(pid))).toEqual([]);
  });

  it("forgets a switch during which Goku was killed: connections are kept again", async () => {
    await host.router.start();
    await host.publish(routeOf("blog-main", [backend]));
    const { generation } = await createState(host.places).written();
    await writeFile(leavingFile(host.places, generation), "");
    expect(await connectionOf("blog-main")).toBe("close");

    await host.restarted().start();

    expect(await connectionOf("blog-main")).toBe("keep-alive");
  });

  it("finds its nginx without a pid file", async () => {
    await host.router.start();
    const master = await host.master();
    await writeFile(host.places.pid, "");

    await host.restarted().start();

    expect(await host.master()).toBe(master);
  });

  it("is not kept by nginx's starting from returning", async () => {
    await host.router.start();

    // A daemon that kept our pipes open would have kept start() waiting, and has none of our environment either.
    const environment = await readFile(`/proc/${await host.master()}/environ`, "utf8");
    expect(environment).not.toContain("VITEST");
  });
});

describe("a port that is taken", () => {
  it("is named with the program that has it", async () => {
    const other = createServer();
    await listen(other, host.httpPort, "0.0.0.0");

    await expect(host.router.start()).rejects.toMatchObject({
      code: "unavailable",
      message: expect.stringMatching(
        new RegExp(
          `nginx cannot listen on 127.0.0.1:${host.httpPort}: it is taken by .*\\(process ${process.pid}\\)`,
        ),
      ),
      hint: expect.stringContaining("GOKU_HTTP"),
    });
    await new Promise((resolve) => other.close(resolve));
    await host.router.start();

    expect((await host.get("any.example.test")).status).toBe(404);
  });

  it("by another nginx is said to be that one's master's", async () => {
    const main = join(host.folder, "other.conf");
    await writeFile(
      main,
      `pid ${host.folder}/other.pid; error_log ${host.folder}/other.log; daemon off;\n` +
        `events {} http { access_log off; server { listen 127.0.0.1:${host.httpPort}; } }\n`,
    );
    const other = spawn("nginx", ["-c", main, "-p", host.folder], { stdio: "ignore" });
    await eventually(
      "the other nginx",
      async () => (await host.get("a").catch(() => null)) !== null,
    );

    const failure = await host.router.start().catch((error: unknown) => error);
    const ended = new Promise((resolve) => other.once("exit", resolve));
    other.kill("SIGTERM");
    await ended;

    expect(failure).toMatchObject({
      message: expect.stringMatching(
        new RegExp(
          `taken by nginx: master process .*\\(process ${other.pid}\\)|only the default page`,
        ),
      ),
    });
  });
});
