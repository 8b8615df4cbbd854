import { once } from "node:events";
import { writeFile } from "node:fs/promises";
import { connect } from "node:net";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { waitFor } from "../../src/system/wait.ts";
import { DoorHost } from "../receiver/support/door-host.ts";
import { exec } from "../support/exec.ts";
import { servingGits } from "../support/serving-gits.ts";
import { GitClient } from "./git-client.ts";

let host: DoorHost;
let client: GitClient;

beforeAll(async () => {
  host = await DoorHost.start();
  client = new GitClient(host);
});

afterAll(async () => {
  await host.destroy();
});

it.each([
  ["without a token", "/git/blog.git/git-receive-pack", 401],
  ["for what there is not", "/git/blog.git/HEAD", 404],
])(
  "a client that asks %s and never stops sending has its whole answer, and is cut off",
  async (_what, path, status) => {
    const socket = connect(host.tcpPort, "127.0.0.1");
    socket.on("error", () => undefined);
    const closed = new Promise((resolve) => socket.once("close", resolve));
    let answer = "";
    socket.setEncoding("utf8").on("data", (piece: string) => (answer += piece));
    socket.write(`POST ${path} HTTP/1.1\r\nHost: x\r\nContent-Length: 100000000\r\n\r\n`);
    const trickle = setInterval(() => socket.write("0"), 50);
    await closed;
    clearInterval(trickle);
    expect(answer).toContain(`HTTP/1.1 ${status} `);
    // HTTP's own end of an answer.
    expect(answer).toMatch(/^ ! {5}.*\r\n0\r\n\r\n$/ms);
  },
);

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
    expect((await client.advert("blog.git")).status).toBe(200);
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
    expect((await client.post("hasty.git", "upload-pack", { body: "0000" })).status).toBe(200);
    expect(await waitFor(async () => ((await serving("hasty")) ? null : true), waiting)).toBe(true);
  });
});

/** With which git is admitted, and waits for a body. */
function restOfHeaders(): string {
  const credentials = Buffer.from(`tester:${host.token}`).toString("base64");
  return `Host: x\r\nAuthorization: Basic ${credentials}\r\n\r\n`;
}

const waiting = { timeoutMs: 30_000, intervalMs: 1, maxIntervalMs: 10 };

async function manyRefs(): Promise<void> {
  const path = await host.repositories.prepare("many");
  const blob = "e69de29bb2d1d6434b8b29ae775ad8c2e48c5391";
  await exec("git", ["-C", path, "-c", "safe.directory=*", "hash-object", "-w", "--stdin"]);
  const refs = Array.from({ length: 150_000 }, (_, at) => `${blob} refs/tags/t${100_000 + at}\n`);
  const header = "# pack-refs with: peeled fully-peeled sorted \n";
  await writeFile(join(path, "packed-refs"), header + refs.join(""));
}

const pathOf = (repository: string) => join(host.data, "repositories", `${repository}.git`);

/** True while git serves the repository. */
const serving = async (repository: string) => (await servingGits(pathOf(repository))) > 0;
