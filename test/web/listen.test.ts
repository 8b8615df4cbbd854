import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm, stat, writeFile } from "node:fs/promises";
import type { RequestListener } from "node:http";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { listenOnSocket, listenOnTcp } from "../../src/web/listen.ts";
import { soon } from "../support/soon.ts";
import { post } from "./ask-api.ts";

const folder = await mkdtemp(join(tmpdir(), "goku-listen-"));
afterAll(() => rm(folder, { recursive: true }));

const hello: RequestListener = (_request, response) => void response.end("hello");

async function answers(at: string): Promise<number | undefined> {
  const response = await post("/", { at }, "");
  response.resume();
  return response.statusCode;
}

describe("listenOnSocket", () => {
  it("is for its owner alone, or for a group as well", async () => {
    const path = join(folder, "mode.sock");
    const own = await listenOnSocket(hello, path, { gid: null });
    expect((await stat(path)).mode & 0o777).toBe(0o600);
    await own.close(0);
    const gid = process.getgid?.() ?? 0;
    const shared = await listenOnSocket(hello, path, { gid });
    const { mode, gid: owner } = await stat(path);
    expect([mode & 0o777, owner]).toEqual([0o660, gid]);
    await shared.close(0);
  });

  it("takes the place of a socket that a killed daemon left", async () => {
    const path = join(folder, "stale.sock");
    const script = "require('net').createServer().listen(process.argv[1], () => console.log('up'))";
    const killed = spawn(process.execPath, ["-e", script, path]);
    await once(killed.stdout, "data");
    killed.kill("SIGKILL");
    await once(killed, "exit");
    expect((await stat(path)).isSocket()).toBe(true);
    const listening = await listenOnSocket(hello, path, { gid: null });
    expect(await answers(path)).toBe(200);
    await listening.close(0);
  });

  it("takes the place of a file that is no socket", async () => {
    const path = join(folder, "file.sock");
    await writeFile(path, "");
    const listening = await listenOnSocket(hello, path, { gid: null });
    expect(await answers(path)).toBe(200);
    await listening.close(0);
  });

  it("leaves a living daemon alone, and names its socket", async () => {
    const path = join(folder, "alive.sock");
    const first = await listenOnSocket(hello, path, { gid: null });
    await expect(listenOnSocket(hello, path, { gid: null })).rejects.toThrow(
      `Another Goku answers on ${path} already.`,
    );
    expect(await answers(path)).toBe(200);
    await first.close(0);
  });
});

describe("listenOnTcp", () => {
  it("names an address that is taken", async () => {
    const first = await listenOnTcp(hello, { host: "127.0.0.1", port: 0 });
    const port = Number(first.address.split(":")[1]);
    await expect(listenOnTcp(hello, { host: "127.0.0.1", port })).rejects.toMatchObject({
      code: "conflict",
      message: `${first.address} is taken by another program.`,
    });
    await first.close(0);
  });

  it("names an address that is none of this machine's", async () => {
    await expect(listenOnTcp(hello, { host: "2001:db8::7", port: 8080 })).rejects.toMatchObject({
      code: "unavailable",
      message: expect.stringMatching(
        /^Goku cannot listen on \[2001:db8::7\]:8080: .*(NOTAVAIL|NOSUPP)/,
      ),
    });
  });

  it.each([
    ["nothing", "", ""],
    ["half a header", "GET / HTTP/1.1\r\nHost", ""],
    ["a header now and then", "GET / HTTP/1.1\r\n", "X: y\r\n"],
  ])("cuts off who says %s, and nobody else", async (_what, first, then) => {
    const listening = await listenOnTcp(hello, { host: "127.0.0.1", port: 0 }, 200);
    const socket = connect(Number(listening.address.split(":")[1]), "127.0.0.1");
    const ended = once(socket, "close");
    socket.on("error", () => undefined).resume();
    await once(socket, "connect");
    // Node's own patience is minutes.
    const began = performance.now();
    socket.write(first);
    const drip = setInterval(() => socket.write(then), 20);
    await ended;
    clearInterval(drip);
    expect(performance.now() - began).toBeLessThan(15_000);
    await soon(() => answers(`http://${listening.address}`)).toBe(200);
    await listening.close(0);
  });

  it("gives an answer all the time it takes", async () => {
    const slow: RequestListener = (_request, response) =>
      void setTimeout(() => response.end("done"), 600);
    const listening = await listenOnTcp(slow, { host: "127.0.0.1", port: 0 }, 200);
    // On a busy machine it may be the question that was not there in time.
    await soon(() => answers(`http://${listening.address}`)).toBe(200);
    await listening.close(0);
  });

  it("closes in time under an answer that never ends", async () => {
    const endless: RequestListener = (_request, response) => void response.write("...");
    const listening = await listenOnTcp(endless, { host: "127.0.0.1", port: 0 });
    const response = await post("/", { at: `http://${listening.address}` }, "");
    const cut = once(response, "error");
    response.resume();
    await listening.close(10);
    expect(await cut).toMatchObject([{ code: "ECONNRESET" }]);
  });
});
