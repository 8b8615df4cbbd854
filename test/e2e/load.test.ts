import { createConnection, type Socket } from "node:net";
import { text as textOf } from "node:stream/consumers";
import { setTimeout as delay } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startDownload } from "../support/download.ts";
import { exec } from "../support/exec.ts";
import { failures, type Load, type Seen, startLoad, summary } from "../support/load.ts";
import { awaitReplicas } from "../support/replicas.ts";
import { page } from "../support/sample-apps.ts";
import { TestHost } from "../support/test-host.ts";
import type { Files } from "../support/working-copies.ts";

let host: TestHost;

beforeAll(async () => {
  host = await TestHost.start();
});

afterAll(async () => {
  await host.destroy();
});

const pushes = 20;
const perSecond = 200;
/** A client on a poor line, after the push has returned. */
const lateMs = 2_000;
/** Connections on which a content is asked for as soon as a command has returned. */
const askers = 8;

/** 20 kB that say which they are from the first to the last byte. */
function largeText(name: string): string {
  const line = `${name} `.padEnd(64, name.at(-1) ?? "x");
  return `${name}\n${`${line}\n`.repeat(310)}end of ${name}\n`;
}

const cgiEnv = "#!/bin/sh\nprintf 'Content-Type: text/plain\\r\\n\\r\\n'\necho \"x=$X end\"\n";

function largePage(name: string): Files {
  return page(largeText(name), { "www/cgi-bin/x": cgiEnv });
}

/** The name of a `largeText` that is whole. */
function readLarge(body: string): string | null {
  const name = body.slice(0, body.indexOf("\n"));
  return body === largeText(name) ? name : null;
}

function readX(body: string): string | null {
  return /^x=(.*) end\n$/.exec(body)?.[1] ?? null;
}

function load(app: string): Load {
  const domain = `${app}.${host.domain}`;
  return startLoad({ port: host.httpPort, host: domain, perSecond, read: readLarge });
}

async function askMany(app: string, path = "/"): Promise<string[]> {
  const answers = await Promise.all(Array.from({ length: askers }, () => host.see(app, path)));
  return answers.map(({ status, body }) => {
    const name = path === "/" ? readLarge(body) : readX(body);
    return status === 200 && name !== null ? name : `${status}: ${body.slice(0, 200)}`;
  });
}

/** What so many askers should all hear. */
function all(name: string): string[] {
  return Array.from({ length: askers }, () => name);
}

/** What came after its time: asked for once `from` had been reached, and older than what was live by then. */
function stale(seen: readonly Seen[], lives: readonly { name: string; at: number }[]): Seen[] {
  const order = lives.map(({ name }) => name);
  return seen.filter(({ sentAt, content }) => {
    const due = lives.findLastIndex(({ at }) => at <= sentAt);
    return content !== null && order.indexOf(content) < due;
  });
}

describe("under a steady load", () => {
  it("twenty pushes in a row lose no request and serve nothing old", async () => {
    await host.must(host.push("busy", largePage("v0")));
    const running = load("busy");
    const lives = [{ name: "v0", at: 0 }];
    for (let number = 1; number <= pushes; number++) {
      const name = `v${number}`;
      await host.commit("busy", largePage(name));
      const pushed = await host.push("busy", null);
      lives.push({ name, at: performance.now() });
      expect(pushed.status, pushed.stderr).toBe(0);
      expect(await askMany("busy")).toEqual(all(name));
    }
    // Also those that were asked for while the last push returned.
    await running.more(perSecond);
    const seen = await running.end();
    console.log(`${pushes} pushes: ${summary(seen)}`);
    expect(failures(seen)).toEqual([]);
    expect(stale(seen, lives)).toEqual([]);
    expect(new Set(seen.map(({ content }) => content)).size).toBe(pushes + 1);
    await host.settled();
  }, 600_000);

  it("config changes, scaling, a rollback and a restart lose none either", async () => {
    await host.must(host.push("steady", largePage("one")));
    await host.must(host.push("steady", largePage("two")));
    const running = load("steady");
    const asking = startLoad({
      port: host.httpPort,
      host: `steady.${host.domain}`,
      path: "/cgi-bin/x",
      perSecond: 20,
      read: readX,
    });
    const values = [{ name: "", at: 0 }];
    for (const value of ["1", "2", "3"]) {
      await host.must(host.octo("config:set", `steady/X=${value}`));
      values.push({ name: value, at: performance.now() });
      expect(await askMany("steady", "/cgi-bin/x")).toEqual(all(value));
    }
    await host.must(host.octo("scale", "steady=3"));
    await host.must(host.octo("restart", "steady"));
    await host.must(host.octo("scale", "steady=1"));
    const answers = await asking.end();
    await host.must(host.octo("rollback", "steady", "v1"));
    expect(await askMany("steady")).toEqual(all("one"));
    const back = performance.now();
    await running.more(perSecond);
    const seen = await running.end();
    console.log(`config, scale, restart, rollback: ${summary(seen)}`);
    expect(failures(seen)).toEqual([]);
    expect(seen.filter(({ sentAt, content }) => sentAt > back && content !== "one")).toEqual([]);
    expect(failures(answers)).toEqual([]);
    expect(stale(answers, values)).toEqual([]);
  }, 600_000);
});

describe("what is under way on the old release", () => {
  /** Ends when it is told to: a push may take as long as a busy machine lets it. */
  const trickle =
    "#!/bin/sh\nprintf 'Content-Type: text/plain\\r\\n\\r\\n'\n" +
    'i=0\nuntil [ -e /enough ]; do echo "line $i"; i=$((i + 1)); sleep 0.1; done\necho the end\n';

  it("is a slow download: it ends whole, and then the old container goes", async () => {
    await host.must(host.push("slow", page("slow 1", { "www/cgi-bin/trickle": trickle })));
    const [old = ""] = await awaitReplicas(host, "slow-main", 1);
    const download = startDownload(host, "slow", "/cgi-bin/trickle");
    await download.begun;
    await host.must(host.push("slow", page("slow 2", { "www/cgi-bin/trickle": trickle })));
    expect(download.isOver()).toBe(false);
    expect((await host.see("slow")).body).toBe("slow 2");
    await host.must(exec("docker", ["exec", old, "touch", "/enough"]));
    const lines = (await download.body).split("\n");
    const numbered = lines.slice(0, -2).map((_, at) => `line ${at}`);
    expect(lines).toEqual([...numbered, "the end", ""]);
    await host.settled();
  });

  it("is a request that is still on its way: it is answered, though it comes late", async () => {
    await host.must(host.push("late", page("late 1")));
    const socket = createConnection({ host: "127.0.0.1", port: host.httpPort });
    const answer = textOf(socket);
    socket.write(`GET / HTTP/1.1\r\nHost: late.${host.domain}\r\n`);
    // nginx has begun with it by the time it has answered another.
    expect((await host.see("late")).body).toBe("late 1");
    await host.must(host.push("late", page("late 2")));
    await delay(lateMs);
    socket.write("Connection: close\r\n\r\n");
    expect(await answer).toMatch(/^HTTP\/1.1 200 [^]*\r\n\r\nlate [12]$/);
    await host.settled();
  });

  it("is a websocket: it goes on with the old release while new ones reach the new", async () => {
    await host.must(host.push("chat", echoApp("v1")));
    const old = await upgrade("chat");
    expect(await old.ask("one")).toBe("v1 says one");
    await host.must(host.push("chat", echoApp("v2")));
    expect(await old.ask("two")).toBe("v1 says two");
    const fresh = await upgrade("chat");
    expect(await fresh.ask("three")).toBe("v2 says three");
    expect(await old.ask("four")).toBe("v1 says four");
    old.close();
    await host.settled();
    expect(await fresh.ask("five")).toBe("v2 says five");
    fresh.close();
  });
});

/** Speaks one line back for each it hears, after switching protocols; answers plain requests. */
function echoApp(name: string): Files {
  const serve = [
    "#!/bin/sh",
    "upgrade=",
    "while IFS= read -r line; do",
    "  case $line in",
    "    [Uu]pgrade:*) upgrade=1 ;;",
    "    ?) break ;;",
    "  esac",
    "done",
    'if [ -z "$upgrade" ]; then',
    `  printf 'HTTP/1.1 200 OK\\r\\nContent-Length: 2\\r\\nConnection: close\\r\\n\\r\\n${name}'`,
    "  exit",
    "fi",
    "printf 'HTTP/1.1 101 Switching Protocols\\r\\nUpgrade: echo\\r\\nConnection: Upgrade\\r\\n\\r\\n'",
    `while IFS= read -r line; do echo "${name} says $line"; done`,
    "",
  ].join("\n");
  return {
    Dockerfile:
      'FROM goku-test/busybox\nCOPY serve /serve\nEXPOSE 80\nCMD ["nc", "-ll", "-p", "80", "-e", "/serve"]\n',
    serve,
  };
}

interface Upgraded {
  ask(line: string): Promise<string>;
  close(): void;
}

async function upgrade(app: string): Promise<Upgraded> {
  const socket = createConnection({ host: "127.0.0.1", port: host.httpPort });
  const read = lineReader(socket);
  socket.write(
    `GET /chat HTTP/1.1\r\nHost: ${app}.${host.domain}\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\n`,
  );
  expect(await read()).toMatch(/^HTTP\/1.1 101 /);
  while ((await read()) !== "") {
    // The other headers.
  }
  return {
    ask(line) {
      socket.write(`${line}\n`);
      return read();
    },
    close: () => void socket.destroy(),
  };
}

function lineReader(socket: Socket): () => Promise<string> {
  const lines: string[] = [];
  const waiting: { resolve: (line: string) => void; reject: (error: Error) => void }[] = [];
  let rest = "";
  socket.setEncoding("utf8").on("data", (chunk: string) => {
    const parts = (rest + chunk).split("\n");
    rest = parts.pop() ?? "";
    lines.push(...parts.map((line) => line.replace(/\r$/, "")));
    while (waiting.length > 0 && lines.length > 0) {
      waiting.shift()?.resolve(lines.shift() ?? "");
    }
  });
  socket.once("close", () =>
    waiting.forEach(({ reject }) => reject(new Error("the connection was closed"))),
  );
  socket.on("error", () => undefined);
  return () => {
    const line = lines.shift();
    return line !== undefined
      ? Promise.resolve(line)
      : new Promise((resolve, reject) => waiting.push({ resolve, reject }));
  };
}
