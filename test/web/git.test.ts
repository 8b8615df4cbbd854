import { randomBytes } from "node:crypto";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import { exec, must } from "../support/exec.ts";
import { mostHeldDuring } from "../support/held-bytes.ts";
import { DoorHost, doors } from "../receiver/support/door-host.ts";
import { noRoom } from "../../src/errors.ts";
import { adminRights } from "../../src/rights.ts";
import { GitClient } from "./git-client.ts";
import { nobody } from "./test-control.ts";
import { processorClock } from "../support/processor-time.ts";

let host: DoorHost;
let client: GitClient;

beforeAll(async () => {
  host = await DoorHost.start();
  client = new GitClient(host);
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

describe("every request needs a token", () => {
  it.each([null, "wrong"])("and %s is none", async (token) => {
    await host.repositories.prepare("blog");
    const answers = [
      await client.advert("blog.git", "receive-pack", { token }),
      await client.advert("blog.git", "upload-pack", { token }),
      await client.post("blog.git", "receive-pack", { token, body: "0000" }),
      await client.post("blog.git", "upload-pack", { token, body: "0000" }),
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
      await client.advert(name),
      await client.advert(name, "upload-pack"),
      await client.post(name, "receive-pack", { body: "0000" }),
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
      await client.ask("/git/blog.git/info/refs"),
      await client.ask("/git/blog.git/info/refs?service=git-upload-archive"),
      await client.ask("/git/blog.git/info/refs?service=git-receive-pack&service=git-upload-pack"),
      await client.ask("/git/blog.git/HEAD"),
      await client.post("blog.git", "receive-pack", { headers: { "content-type": "text/plain" } }),
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
    await client.post("blog.git", "upload-pack", { headers: gzip, body: cut });
    await client.post("blog.git", "receive-pack", { headers: gzip, body: "no gzip at all" });
    await client.post("blog.git", "upload-pack", { body: "ffffno packet" });
    await client.post("blog.git", "receive-pack", { body: "" });
    const strange = { "content-encoding": "br" };
    expect((await client.post("blog.git", "upload-pack", { headers: strange })).status).toBe(400);
    expect((await client.post("nothing.git", "upload-pack", { body: "0000" })).status).toBe(404);
    expect((await client.advert("blog.git")).status).toBe(200);
  });

  it("costs no time in node-git-server's expressions", async () => {
    const spentMs = processorClock();
    await client.post("blog.git", "receive-pack", { body: "0".repeat(200_000) });
    expect(spentMs()).toBeLessThan(2000);
  });

  it("is understood when git compressed it", async () => {
    const body = gzipSync("0000");
    const answer = await client.post("blog.git", "receive-pack", {
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
    expect((await client.post("blog.git", "receive-pack", { body: "0000" })).status).toBe(500);
  } finally {
    process.env["PATH"] = path;
  }
  expect((await client.advert("blog.git")).status).toBe(200);
});

it.each(doors)("git of a push over %s has a limit, and is deaf to refs/replace/", async (door) => {
  const work = await host.work();
  let seen = "";
  let limits = "";
  host.onUpdate = async () => {
    for (const pid of await receiving("bounded")) {
      seen = await readFile(`/proc/${pid}/environ`, "utf8");
      limits = await readFile(`/proc/${pid}/limits`, "utf8");
    }
  };
  await work.must("push", host.url(door, "bounded"), `main:${door}`);
  expect(seen).toContain("GIT_NO_REPLACE_OBJECTS=1\0");
  expect(limits).toMatch(/^Max data size +2147483648 +2147483648 /m);
});

it.each(doors)("a push over %s brings no more than there is room for", async (door) => {
  const work = await host.work();
  await work.commit({ large: randomBytes(100_000).toString("hex") });
  const most = vi.spyOn(host.repositories, "mostOfPush");
  most.mockResolvedValue(50_000);
  const pushed = await work.push(door, "roomy", `main:${door}`);
  most.mockRejectedValue(noRoom("/data", "1 MiB", "1 GiB"));
  const full = await work.push(door, "roomy", `main:${door}`);
  most.mockRestore();
  expect(pushed.stderr).toContain("pack exceeds maximum allowed size");
  expect(pushed.status).not.toBe(0);
  expect(full.stderr).toContain(" !     There are 1 MiB free on the disk of /data");
  expect(host.pushes).toEqual([]);
  await work.must("push", host.url(door, "roomy"), `main:${door}`);
});

it("git runs as the owner, with nothing of the daemon's environment", async () => {
  const work = await host.work();
  process.env["GOKU_SECRET_TEST"] = "secret";
  let seen = "";
  let status = "";
  host.onUpdate = async () => {
    for (const pid of await receiving("env")) {
      seen = await readFile(`/proc/${pid}/environ`, "utf8");
      status = await readFile(`/proc/${pid}/status`, "utf8");
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

/** Process ids of git. */
async function receiving(repository: string): Promise<string[]> {
  const pids = (await readdir("/proc")).filter((name) => /^\d+$/.test(name));
  const found = pids.map(async (pid) => {
    const line = await readFile(`/proc/${pid}/cmdline`, "utf8").catch(() => "");
    return line.includes("git-receive-pack\0") && line.includes(pathOf(repository)) ? [pid] : [];
  });
  return (await Promise.all(found)).flat();
}

const pathOf = (repository: string) => join(host.data, "repositories", `${repository}.git`);
