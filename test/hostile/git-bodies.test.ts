import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { Writable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { createGzip, gzipSync } from "node:zlib";
import * as fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { mostHeldDuring } from "../support/held-bytes.ts";
import { soon } from "../support/soon.ts";
import { nastyText } from "./arbitraries.ts";
import { fillRepository } from "./fill-repository.ts";
import { postTo, type Said } from "./post-to.ts";
import { startWholeWeb, type WholeWeb } from "./whole-web.ts";

/*
 * Bodies that no git sends, from somebody who may push: git is the one that reads them, and what it does with them is
 * to end. The repository stays what it was, and nothing is deployed.
 */

let web: WholeWeb;
let commit: string;
let before: string;

beforeAll(async () => {
  web = await startWholeWeb();
  web.addToken("blogger", { admin: false, deploy: ["blog"], read: [] });
  const file = { name: "Dockerfile", content: "FROM scratch\n" };
  ({ commit } = await fillRepository(web, "blog", file));
  before = await web.snapshot();
});

afterAll(() => web.close());

function send(
  service: string,
  body: string | Buffer,
  headers: Readonly<Record<string, string>> = {},
): Promise<Said> {
  return postTo({
    host: "127.0.0.1",
    port: web.port,
    method: "POST",
    path: `/git/blog.git/git-${service}`,
    headers: {
      authorization: "Bearer blogger:secret-of-blogger",
      "content-type": `application/x-git-${service}-request`,
      ...headers,
    },
    body,
  });
}

const services = ["receive-pack", "upload-pack"] as const;
const line = (text: string) =>
  (Buffer.byteLength(text, "latin1") + 4).toString(16).padStart(4, "0") + text;
const megabyte = 1024 * 1024;
const zeros = "0".repeat(40);
const caps =
  "\0 report-status side-band-64k delete-refs quiet atomic ofs-delta push-options agent=x";
const command = (from: string, to: string, ref: string) => line(`${from} ${to} ${ref}${caps}`);

/** Of a commit that is there. */
const bodies = (known: string): Readonly<Record<string, string>> => ({
  nothing: "",
  "a length of nothing": "0001",
  "a length less than itself": "0003",
  "a length beyond all": "ffff",
  "a length that is none": "zzzz",
  "a line that breaks off": "00ffabc",
  "lines without end": "0004".repeat(100_000),
  "flushes without end": "0000".repeat(100_000),
  "a command alone": command(zeros, known, "refs/heads/new"),
  "a command without its pack": `${command(zeros, "1".repeat(40), "refs/heads/new")}0000`,
  "a command and half a pack": `${command(zeros, "1".repeat(40), "refs/heads/new")}0000PACK\0\0\0\x02`,
  "a pack of four billion objects": `${command(zeros, "1".repeat(40), "refs/heads/new")}0000PACK\0\0\0\x02\xff\xff\xff\xff`,
  "a pack that is noise": `${command(zeros, "1".repeat(40), "refs/heads/new")}0000PACK${"\xa5".repeat(20_000)}`,
  "a ref upwards": `${command(zeros, known, "refs/heads/../../../../x")}0000`,
  "a ref to a hook": `${command(zeros, known, "hooks/update")}0000`,
  "HEAD itself": `${command(known, zeros, "HEAD")}0000`,
  "a ref with a line break": `${command(zeros, known, "refs/heads/a\nb")}0000`,
  "a ref called as a lock": `${command(zeros, known, "refs/heads/x.lock")}0000`,
  "hidden refs": `${command(zeros, known, "refs/../config")}0000`,
  "a hash too short": `${line(`${zeros} abc refs/heads/x${caps}`)}0000`,
  "a shallow line of nonsense": `${line("shallow zzz")}0000`,
  "a certificate of a push": `${line(`push-cert\0${caps}`)}${line("certificate version 0.1\n")}0000`,
  "a want of what is not there": `${line(`want ${"3".repeat(40)}\n`)}0000${line("done\n")}`,
  "a want without end": line(`want ${known}\n`).repeat(2_000),
  "a filter of everything": `${line(`want ${known} filter\n`)}${line("filter sparse:oid=/etc/passwd\n")}0000`,
  "a command of version 2": `${line("command=fetch")}0001${line("no-progress")}${line(`want ${known}`)}`,
  "an unknown command of version 2": `${line("command=bundle-uri")}0000`,
});

describe.each(services)("%s", (service) => {
  it.each(Object.keys(bodies(zeros)))("ends with %s", async (what) => {
    for (const version of service === "upload-pack" ? ["", "version=2"] : [""]) {
      const said = await send(service, Buffer.from(bodies(commit)[what] ?? "", "latin1"), {
        "git-protocol": version,
      });
      expect(said.status).toBe(200);
      expect(said.body).not.toContain("/etc/passwd:");
    }
  });

  it("ends with any packet lines", async () => {
    const lines = fc.array(
      fc.oneof(
        nastyText.map(line),
        fc.constantFrom("0000", "0001", "0002", "PACK", line(`want ${commit}`), line("done\n")),
        fc
          .tuple(fc.constantFrom(zeros, commit), nastyText)
          .map(([old, ref]) =>
            command(old, old === zeros ? "5".repeat(40) : zeros, `refs/heads/../${ref}`),
          ),
      ),
      { maxLength: 6 },
    );
    await fc.assert(
      fc.asyncProperty(lines, async (all) => {
        const said = await send(service, Buffer.from(all.join(""), "latin1"));
        expect(said.status).toBeLessThan(500);
      }),
      { numRuns: 15 },
    );
  });

  it("is given no more of a bomb of 64 MB than it takes, and Goku keeps none of it", async () => {
    const bomb = await zeroBomb(64);
    expect(bomb.length).toBeLessThan(megabyte);
    let status = 0;
    const most = await mostHeldDuring(async () => {
      ({ status } = await send(service, bomb, { "content-encoding": "gzip" }));
    });
    expect(status).toBe(200);
    expect(most).toBeLessThan(16 * megabyte);
  });

  it("leaves everything as it was", async () => {
    expect(await web.snapshot()).toBe(before);
  });

  it.each([
    ["cut", (whole: Buffer) => whole.subarray(0, whole.length - 9)],
    ["followed by noise", (whole: Buffer) => Buffer.concat([whole, Buffer.alloc(5_000, 0x5a)])],
    ["twice", (whole: Buffer) => Buffer.concat([whole, whole])],
    ["within gzip", (whole: Buffer) => gzipSync(whole)],
  ])("ends with gzip that is %s", async (_how, change) => {
    const said = await send(service, change(gzipSync("0000")), { "content-encoding": "gzip" });
    expect(said.status).toBeLessThan(500);
  });
});

it("goes on after all that, without a process of git's or half a push left behind", async () => {
  expect((await send("upload-pack", "0000")).status).toBe(200);
  expect(await web.snapshot()).toBe(before);
  // What has answered ends, and takes its half push away, before long.
  await soon(gitProcesses).toEqual([]);
  await soon(halfPushes).toEqual([]);
});

async function halfPushes() {
  const objects = await readdir(join(web.data, "repositories/blog.git/objects"));
  return objects.filter((name) => name.startsWith("tmp_objdir"));
}

async function gitProcesses() {
  const pids = (await readdir("/proc")).filter((name) => /^\d+$/.test(name));
  const lines = await Promise.all(
    // One that has ended meanwhile is none.
    pids.map((pid) => readFile(`/proc/${pid}/cmdline`, "utf8").catch(() => "")),
  );
  return lines.filter((text) => text.includes(web.data) && text.includes("rpc"));
}

/** Zeros by the megabyte, packed; an even half of them are git's flushes. */
async function zeroBomb(megabytes: number): Promise<Buffer> {
  const chunks: Buffer[] = [];
  async function* zeroBytes() {
    for (let at = 0; at < megabytes; at += 1) {
      yield Buffer.alloc(megabyte, "0");
    }
  }
  const keep = new Writable({
    write(chunk: Buffer, _encoding, done) {
      chunks.push(chunk);
      done();
    },
  });
  await pipeline(zeroBytes, createGzip({ level: 9 }), keep);
  return Buffer.concat(chunks);
}
