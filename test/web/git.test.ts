import { once } from "node:events";
import { readdir, readFile, writeFile } from "node:fs/promises";
import { request as openRequest } from "node:http";
import { connect } from "node:net";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { waitFor } from "../../src/system/wait.ts";
import { exec, must } from "../support/exec.ts";
import { mostHeldDuring } from "../support/held-bytes.ts";
import { DoorHost, doors } from "../receiver/support/door-host.ts";
import { adminRights } from "../../src/rights.ts";
import { nobody } from "./test-control.ts";

let host: DoorHost;

beforeAll(async () => {
  host = await DoorHost.start();
});

afterAll(async () => {
  await host.destroy();
});

beforeEach(() => {
  host.pushes = [];
  host.rights = adminRights;
  host.onUpdate = () => undefined;
});

const megabyte = 1024 * 1024;

interface Asked {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Buffer;
  readonly token?: string | null;
}

interface Answered {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: string;
}

/** The path is sent as it is: fetch would tidy it up. */
function ask(path: string, asked: Asked = {}): Promise<Answered> {
  const token = asked.token === undefined ? host.token : asked.token;
  const credentials = Buffer.from(`tester:${token}`).toString("base64");
  const authorization = token === null ? {} : { authorization: `Basic ${credentials}` };
  return new Promise((resolve, reject) => {
    const request = openRequest(
      {
        host: "127.0.0.1",
        port: host.tcpPort,
        path,
        method: asked.method ?? "GET",
        headers: { ...authorization, ...asked.headers },
        agent: false,
      },
      (response) => {
        let body = "";
        response.setEncoding("latin1").on("data", (text: string) => {
          body += text;
        });
        response.once("end", () =>
          resolve({ status: response.statusCode ?? 0, headers: response.headers, body }),
        );
        response.once("error", reject);
      },
    );
    request.once("error", reject);
    request.end(asked.body);
  });
}

const post = (repository: string, service: string, asked: Asked = {}) =>
  ask(`/git/${repository}/git-${service}`, {
    method: "POST",
    ...asked,
    headers: { "content-type": `application/x-git-${service}-request`, ...asked.headers },
  });

const advert = (repository: string, service = "receive-pack", asked: Asked = {}) =>
  ask(`/git/${repository}/info/refs?service=git-${service}`, asked);

describe("every request needs a token", () => {
  it.each([null, "wrong"])("and %s is none", async (token) => {
    await host.repositories.prepare("blog");
    const answers = [
      await advert("blog.git", "receive-pack", { token }),
      await advert("blog.git", "upload-pack", { token }),
      await post("blog.git", "receive-pack", { token, body: "0000" }),
      await post("blog.git", "upload-pack", { token, body: "0000" }),
    ];
    expect(answers.map(({ status }) => status)).toEqual([401, 401, 401, 401]);
    expect(answers[2]?.headers["www-authenticate"]).toContain("Basic");
  });

  it("the push itself too, whoever asked for the refs", async () => {
    const work = await host.work();
    const pushed = await work.git(
      "push",
      host.url("http", "blog").replace(host.token, "wrong"),
      "main",
    );
    expect(pushed.status).not.toBe(0);
    expect(host.pushes).toEqual([]);
  });
});

describe("names that lead elsewhere", () => {
  it.each([
    "%2e%2e",
    "..",
    "../../x",
    "%2e%2e%2f%2e%2e%2fx",
    "x%2f..%2fy",
    "-x",
    "%24(id)",
    "%60id%60",
    "a%0ab",
    "a%00b",
    "%27",
    "%22",
    ".git",
    ".goku",
    "goku.git",
    "%",
    "%c0%ae",
    "a:b",
    "hooks:version=2:blog",
    "x".repeat(3000),
  ])("are refused: %s", async (name) => {
    for (const answer of [
      await advert(name),
      await advert(name, "upload-pack"),
      await post(name, "receive-pack", { body: "0000" }),
    ]) {
      expect(answer.status).toBeGreaterThanOrEqual(400);
      expect(answer.status).toBeLessThan(500);
      expect(answer.body).not.toContain("uid=");
    }
    const folders = await readdir(join(host.data, "repositories"));
    expect(folders.sort()).toEqual([".goku", "blog.git"]);
  });
});

describe("what git would never send", () => {
  it("is answered with a sentence", async () => {
    const answers = [
      await ask("/git/blog.git/info/refs"),
      await ask("/git/blog.git/info/refs?service=git-upload-archive"),
      await ask("/git/blog.git/info/refs?service=git-receive-pack&service=git-upload-pack"),
      await ask("/git/blog.git/HEAD"),
      await post("blog.git", "receive-pack", { headers: { "content-type": "text/plain" } }),
    ];
    for (const answer of answers) {
      expect(answer.status).toBe(404);
      expect(answer.headers["content-type"]).toContain("text/plain");
      expect(answer.body).toMatch(/^ ! {5}Goku answers git here/);
    }
  });

  it("never ends the daemon: broken gzip, strange encodings, hostile text, nothing", async () => {
    await host.repositories.prepare("blog");
    const packed = gzipSync("0".repeat(1000));
    const cut = packed.subarray(0, packed.length - 12);
    const gzip = { "content-encoding": "gzip" };
    await post("blog.git", "upload-pack", { headers: gzip, body: cut });
    await post("blog.git", "receive-pack", { headers: gzip, body: "no gzip at all" });
    await post("blog.git", "upload-pack", { body: "ffffno packet" });
    await post("blog.git", "receive-pack", { body: "" });
    const strange = { "content-encoding": "br" };
    expect((await post("blog.git", "upload-pack", { headers: strange })).status).toBe(400);
    expect((await post("nothing.git", "upload-pack", { body: "0000" })).status).toBe(404);
    expect((await advert("blog.git")).status).toBe(200);
  });

  it("costs no time in node-git-server's expressions", async () => {
    const began = process.cpuUsage();
    await post("blog.git", "receive-pack", { body: "0".repeat(200_000) });
    expect(process.cpuUsage(began).user / 1000).toBeLessThan(2000);
  });

  it("is understood when git compressed it", async () => {
    const body = gzipSync("0000");
    const answer = await post("blog.git", "receive-pack", {
      headers: { "content-encoding": "gzip" },
      body,
    });
    expect(answer.status).toBe(200);
  });
});

describe.each(doors)("what somebody may over %s", (door) => {
  it("is asked anew for each ref of a push", async () => {
    const work = await host.work();
    const admins: boolean[] = [];
    host.onUpdate = ({ caller }) => {
      admins.push(caller.rights.admin);
      host.rights = nobody;
    };
    await work.must("push", host.url(door, `rights-${door}`), "main", "main:second");
    expect(admins).toEqual([true, false]);
  });
});

it("a token that is removed while its push is on its way brings no other ref", async () => {
  const work = await host.work();
  const url = host.url("http", "removed");
  const { token } = host;
  host.onUpdate = () => {
    host.token = "another";
  };
  const pushed = await work.git("push", url, "main", "main:second");
  host.token = token;
  expect(pushed.stderr).toContain("remote:  !     This token is wrong");
  expect(host.pushes.map(({ ref }) => ref)).toEqual(["refs/heads/main"]);
});

const beginnings: readonly (readonly [string, string])[] = [
  ["reading refs", "GET /git/many.git/info/refs?service=git-upload-pack HTTP/1.1\r\n"],
  ["reading refs to push", "GET /git/many.git/info/refs?service=git-receive-pack HTTP/1.1\r\n"],
  [
    "sending a push",
    "POST /git/many.git/git-receive-pack HTTP/1.1\r\nContent-Length: 1000\r\nContent-Type: application/x-git-receive-pack-request\r\n",
  ],
  [
    "sending a fetch",
    "POST /git/many.git/git-upload-pack HTTP/1.1\r\nTransfer-Encoding: chunked\r\nContent-Type: application/x-git-upload-pack-request\r\n",
  ],
];

it.each([
  ["without a token", "/git/blog.git/git-receive-pack", 401],
  ["for what there is not", "/git/blog.git/HEAD", 404],
])(
  "a client that asks %s and never stops sending has its whole answer, and is cut off",
  async (_what, path, status) => {
    const client = connect(host.tcpPort, "127.0.0.1");
    client.on("error", () => undefined);
    const closed = new Promise((resolve) => client.once("close", resolve));
    let answer = "";
    client.setEncoding("utf8").on("data", (piece: string) => (answer += piece));
    client.write(`POST ${path} HTTP/1.1\r\nHost: x\r\nContent-Length: 100000000\r\n\r\n`);
    const trickle = setInterval(() => client.write("0"), 50);
    await closed;
    clearInterval(trickle);
    expect(answer).toContain(`HTTP/1.1 ${status} `);
    // HTTP's own end of an answer.
    expect(answer).toMatch(/^ ! {5}.*\r\n0\r\n\r\n$/ms);
  },
);

describe("clients that hang up", () => {
  it.each(beginnings)("while %s leave no process", async (_what, start) => {
    await manyRefs();
    const socket = connect(host.tcpPort, "127.0.0.1");
    // Nothing is read: git has more to say than the connection takes.
    socket.pause();
    await once(socket, "connect");
    socket.write(`${start}${restOfHeaders()}`);
    expect(await waitFor(async () => ((await serving("many")) ? true : null), waiting)).toBe(true);
    socket.destroy();
    expect(await waitFor(async () => ((await serving("many")) ? null : true), waiting)).toBe(true);
    expect((await advert("blog.git")).status).toBe(200);
  });

  it.each(beginnings)("at once while %s leave no process", async (_what, start) => {
    await host.repositories.prepare("hasty");
    for (let count = 0; count < 10; count += 1) {
      const socket = connect(host.tcpPort, "127.0.0.1");
      await once(socket, "connect");
      socket.write(`${start.replace("many", "hasty")}${restOfHeaders()}`);
      socket.destroy();
    }
    // Comes after them, by the same way.
    expect((await post("hasty.git", "upload-pack", { body: "0000" })).status).toBe(200);
    expect(await waitFor(async () => ((await serving("hasty")) ? null : true), waiting)).toBe(true);
  });
});

/** With which git is admitted, and waits for a body. */
function restOfHeaders(): string {
  const credentials = Buffer.from(`tester:${host.token}`).toString("base64");
  return `Host: x\r\nAuthorization: Basic ${credentials}\r\n\r\n`;
}

const waiting = { timeoutMs: 15_000, intervalMs: 1, maxIntervalMs: 10 };

async function manyRefs(): Promise<void> {
  const path = await host.repositories.prepare("many");
  const blob = "e69de29bb2d1d6434b8b29ae775ad8c2e48c5391";
  await exec("git", ["-C", path, "-c", "safe.directory=*", "hash-object", "-w", "--stdin"]);
  const refs = Array.from({ length: 150_000 }, (_, at) => `${blob} refs/tags/t${100_000 + at}\n`);
  const header = "# pack-refs with: peeled fully-peeled sorted \n";
  await writeFile(join(path, "packed-refs"), header + refs.join(""));
}

it("a push is streamed, and not kept in memory", { timeout: 60_000 }, async () => {
  const work = await host.work();
  await work.must("config", "core.compression", "0");
  // Not made here, where it would be held as well.
  const large = `head -c ${24 * megabyte} /dev/urandom > large.bin`;
  await must(exec("sh", ["-c", large], { cwd: work.path }));
  await work.commit({});
  let status: number | null = null;
  const most = await mostHeldDuring(async () => {
    ({ status } = await work.push("http", "large", "main"));
  });
  expect(status).toBe(0);
  expect(most).toBeLessThan(12 * megabyte);
});

it("a git that cannot be started is an error, and not the end", async () => {
  const path = process.env["PATH"];
  process.env["PATH"] = "/nonexistent";
  try {
    expect((await post("blog.git", "receive-pack", { body: "0000" })).status).toBe(500);
  } finally {
    process.env["PATH"] = path;
  }
  expect((await advert("blog.git")).status).toBe(200);
});

it("git runs as the owner, with nothing of the daemon's environment", async () => {
  const work = await host.work();
  process.env["GOKU_SECRET_TEST"] = "secret";
  let seen = "";
  let status = "";
  host.onUpdate = async () => {
    const pids = (await readdir("/proc")).filter((name) => /^\d+$/.test(name));
    for (const pid of pids) {
      const line = await readFile(`/proc/${pid}/cmdline`, "utf8").catch(() => "");
      if (line.includes("git-receive-pack\0") && line.includes(pathOf("env"))) {
        seen = await readFile(`/proc/${pid}/environ`, "utf8");
        status = await readFile(`/proc/${pid}/status`, "utf8");
      }
    }
  };
  try {
    await work.must("push", host.url("http", "env"), "main");
  } finally {
    delete process.env["GOKU_SECRET_TEST"];
  }
  expect(seen).toContain("GIT_CONFIG_NOSYSTEM=1");
  expect(seen).not.toContain("secret");
  const uid = host.gitUser?.uid ?? process.getuid?.();
  expect(status).toContain(`Uid:\t${uid}\t${uid}\t${uid}\t${uid}`);
});

const pathOf = (repository: string) => join(host.data, "repositories", `${repository}.git`);

/** True while git serves the repository. */
async function serving(repository: string): Promise<boolean> {
  for (const pid of (await readdir("/proc")).filter((name) => /^\d+$/.test(name))) {
    const line = await readFile(`/proc/${pid}/cmdline`, "utf8").catch(() => "");
    if (line.includes(`${pathOf(repository)}\0`) && line.includes("--stateless-rpc")) {
      return true;
    }
  }
  return false;
}
