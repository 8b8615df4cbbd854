import {
  appendFile,
  mkdtemp,
  readdir,
  rename,
  rm,
  stat,
  utimes,
  writeFile,
} from "node:fs/promises";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { LogOptions } from "../../src/ports.ts";
import { readAccessLog } from "../../src/router/log/access-log.ts";
import { forgetApp } from "../../src/router/log/forget.ts";
import { lastLines } from "../../src/router/log/json-lines.ts";
import { moveLargeLogs } from "../../src/router/log/rotation.ts";
import {
  eventually,
  type Host,
  makeHost,
  readAll,
  routeOf,
  startBackend,
  type TestBackend,
} from "./fixture.ts";
import { startLoad } from "./load.ts";

let folder: string;
let path: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "goku-log-"));
  path = join(folder, "blog-main.access.log");
  return () => rm(folder, { recursive: true, force: true });
});

/** Lines of requests, a second apart, numbered. */
const lines = (from: number, to: number) =>
  Array.from({ length: to - from }, (_, index) => {
    const number = from + index;
    return `{"unix":${1_700_000_000 + number}.000,"uri":"/${number} ünïcode"}\n`;
  }).join("");
const read = async (options: Partial<LogOptions> = {}) => {
  const numbers: number[] = [];
  for await (const line of readAccessLog(path, {
    follow: false,
    tail: null,
    since: null,
    ...options,
  })) {
    numbers.push(Number(/\/(\d+) ünïcode"}$/.exec(line)?.[1]));
  }
  return numbers;
};
const range = (from: number, to: number) => Array.from({ length: to - from }, (_, i) => from + i);

describe("an access log", () => {
  it("that is not there is empty", async () => {
    expect(await read()).toEqual([]);
    expect(await read({ tail: 5 })).toEqual([]);
  });

  it("is read through its rotations, oldest first", async () => {
    await writeFile(`${path}.10`, lines(0, 5));
    await writeFile(`${path}.2`, lines(5, 10));
    await writeFile(path, lines(10, 15));
    await writeFile(join(folder, "blog-main.access.log.txt"), lines(90, 95));

    expect(await read()).toEqual(range(0, 15));
    expect(await read({ tail: 3 })).toEqual(range(12, 15));
    expect(await read({ tail: 7 })).toEqual(range(8, 15));
    expect(await read({ tail: 100 })).toEqual(range(0, 15));
    expect(await read({ tail: 0 })).toEqual([]);
    const since = new Date((1_700_000_000 + 12) * 1000).toISOString();
    expect(await read({ since })).toEqual(range(12, 15));
    expect(await read({ since, tail: 2 })).toEqual(range(13, 15));
  });

  it("has a tail that is found from its end, across blocks", async () => {
    const text = lines(0, 5000);
    await writeFile(path, text);

    expect(await read({ tail: 3000 })).toEqual(range(2000, 5000));
    const { offset, count } = await lastLines(path, 1);
    expect(Buffer.from(text).subarray(offset).toString()).toBe(lines(4999, 5000));
    expect(count).toBe(1);
  });

  it("is followed through a rotation, lines in parts included, until the signal", async () => {
    await writeFile(path, lines(0, 3));
    const end = new AbortController();
    const seen: number[] = [];
    const following = (async () => {
      const options = { follow: true, tail: 1, since: null, signal: end.signal };
      for await (const line of readAccessLog(path, options)) {
        seen.push(Number(/\/(\d+) ünïcode"}$/.exec(line)?.[1]));
      }
    })();
    await eventually("the tail", () => seen.length === 1);

    const [half, rest] = [lines(3, 4).slice(0, 20), lines(3, 4).slice(20)];
    await appendFile(path, half);
    await appendFile(path, rest);
    await eventually("the new line", () => seen.length === 2);
    await rename(path, `${path}.1`);
    await appendFile(`${path}.1`, lines(4, 5));
    await writeFile(path, lines(5, 7));
    await eventually("the lines after the rotation", () => seen.length === 5);
    end.abort();
    await following;

    expect(seen).toEqual(range(2, 7));
  });
});

describe("rotation", () => {
  it("moves what is too large, keeps so many, and leaves other files alone", async () => {
    await writeFile(path, "newest");
    await writeFile(`${path}.1`, "older");
    await writeFile(`${path}.2`, "oldest");
    await writeFile(join(folder, "small.access.log"), "");
    await writeFile(join(folder, "goku.log"), "somebody else's");

    expect(await moveLargeLogs(folder, 3, 2)).toBe(1);

    expect((await readdir(folder)).sort()).toEqual([
      "blog-main.access.log.1",
      "blog-main.access.log.2",
      "goku.log",
      "small.access.log",
    ]);
  });
});

describe("of a removed app", () => {
  it("nothing is left, and others keep theirs", async () => {
    const places = { apps: folder, logFolder: folder };
    const others = ["blog.access.log", "blog-main-2.access.log.1", "blog-main-2.conf.last"];
    const own = ["blog-main.access.log.1", "blog-main.access.log.12", "blog-main.conf.last"];
    await writeFile(path, lines(0, 5));
    await Promise.all([...others, ...own].map((name) => writeFile(join(folder, name), "text")));

    await forgetApp(places, "blog-main");
    await forgetApp(places, "blog-main");

    expect((await readdir(folder)).sort()).toEqual(others.toSorted());
    expect(await read()).toEqual([]);
  });

  it("the folder of vhosts is no newer than before, not by a fraction of a millisecond", async () => {
    await writeFile(join(folder, "blog-main.conf.last"), "text");
    await utimes(folder, 1_700_000_000.0007, 1_700_000_000.0007);
    const before = await stat(folder);

    await forgetApp({ apps: folder, logFolder: folder }, "blog-main");

    expect((await stat(folder)).mtimeMs).toBeLessThanOrEqual(before.mtimeMs);
    expect((await stat(folder)).mtimeMs).toBeGreaterThan(before.mtimeMs - 2);
  });
});

describe("with nginx", () => {
  let host: Host;
  let backend: TestBackend;

  beforeAll(async () => {
    host = await makeHost();
    backend = await startBackend("127.0.0.2", "logged");
    await host.router.start();
    await host.publish(routeOf("blog-main", [backend]));
  });
  afterAll(async () => {
    await host.end();
    await backend.close();
  });

  it("no request is lost from the log, nor any request by rotating it", async () => {
    const load = startLoad(host.httpPort, "blog-main.example.test", 200);
    await load.more(50);
    await eventually("a log that is large", async () => {
      await host.router.rotateLogs(1000, 3);
      return (await readdir(host.places.logFolder)).includes("blog-main.access.log.1");
    });
    await load.more(50);
    const { seen, failures } = await load.end();

    expect(failures).toEqual([]);
    const logged = async () => {
      const all: string[] = [];
      const options = { follow: false, tail: null, since: null };
      for await (const line of host.router.accessLog("blog-main", options)) {
        all.push(line);
      }
      return all;
    };
    await eventually(
      "all requests in the log",
      async () => (await logged()).length === seen.length,
    );
    for (const line of await logged()) {
      expect(JSON.parse(line)).toMatchObject({ status: 200, host: "blog-main.example.test" });
    }
  });

  it("hostile requests are JSON all the same", async () => {
    const socket = connect(host.httpPort, "127.0.0.1");
    const headers =
      'Host: blog-main.example.test\r\nReferer: \xff\xfe\r\nUser-Agent: a"b\\c\x1b[0m';
    socket.write(Buffer.from(`GET /"\\?<script> HTTP/1.0\r\n${headers}\r\n\r\n`, "latin1"));
    // Whatever the backend thinks of it.
    await readAll(socket);
    const options = { follow: false, tail: 1, since: null };
    let last: unknown;
    await eventually("the line", async () => {
      for await (const line of host.router.accessLog("blog-main", options)) {
        last = JSON.parse(line);
      }
      return JSON.stringify(last).includes("script");
    });

    expect(last).toMatchObject({ uri: '/"\\?<script>', agent: 'a"b\\c\x1b[0m' });
  });
});
