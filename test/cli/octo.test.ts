import { execFileSync } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { createServer } from "node:net";
import { describe, expect, it } from "vitest";
import { daemonNotRunning } from "../../src/errors.ts";
import type { Engine } from "../../src/ports.ts";
import { addApp, testControl } from "../web/test-control.ts";
import { runOcto } from "./run-octo.ts";

const noDocker: Partial<Engine> = {
  listReplicas: async () => {
    throw new TypeError("no engine here");
  },
};

describe("octo", () => {
  it("prints status in octohost's words", async () => {
    const host = await testControl();
    addApp(host, "blog");
    expect(await runOcto(["status"], host)).toEqual({
      status: 0,
      stdout: "blog: DOWN\n",
      stderr: "",
    });
  });

  it("says what to do where there is nothing, and not on standard output", async () => {
    const host = await testControl();
    const ended = await runOcto(["apps"], host);
    expect(ended).toMatchObject({ status: 0, stdout: "" });
    expect(ended.stderr).toContain("git push goku main");
  });

  it("prints one JSON document with --json", async () => {
    const host = await testControl();
    addApp(host, "blog");
    const { stdout, stderr } = await runOcto(["releases", "blog", "--json"], host);
    expect(JSON.parse(stdout)).toMatchObject([{ app: "blog-main", version: 1, status: "live" }]);
    expect(stderr).toBe("");
  });

  it.each([
    [["statsu"], "Did you mean status?"],
    [["keys"], "Did you mean keys:add, keys:list, keys:rm?"],
    [["deploy", "blog"], "Did you mean git push goku main?"],
    [["push"], "Did you mean git push goku main?"],
    [["-x"], "See them all: octo help"],
    [["scale", "blog=0"], "octo stop blog"],
    [["scale", "blog=x"], "For example: octo scale blog=2"],
    [["scale", "blog", "worker=x"], "For example: octo scale blog worker=2"],
    [["info"], "Usage: octo info <app>"],
    [["rollback", "blog", "newest"], "See them: octo releases blog"],
    [["-H", "git@host"], "-H takes a host and a verb"],
    [["-H", "-oProxyCommand=x", "apps"], "not a host"],
  ])("ends with 2 after %j", async (argv, said) => {
    const ended = await runOcto(argv);
    expect(ended).toMatchObject({ status: 2, stdout: "" });
    expect(ended.stderr).toContain(said);
    expect(ended.stderr).toMatch(/^( !     .+\n)+$/);
  });

  it.each(["version", "--version", "-V", "-v"])("%s prints the version", async (word) => {
    const { status, stdout, stderr } = await runOcto([word]);
    expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
    expect(stdout).toMatch(/^\d+\.\d+\.\d+/);
  });

  it("without a verb shows the help as an error, and with `help` as an answer", async () => {
    const [none, asked] = [await runOcto([]), await runOcto(["help"])];
    expect(none).toMatchObject({ status: 2, stdout: "" });
    expect(asked).toMatchObject({ status: 0, stderr: "", stdout: none.stderr });
    expect(await runOcto(["help", "scale"])).toEqual(await runOcto(["scale", "--help"]));
  });

  it("says in one sentence that the daemon is not running", async () => {
    const { status, stderr } = await runOcto(["apps"], { data: "/nonexistent" });
    expect(status).toBe(1);
    expect(stderr).toContain(
      " !     Goku is not running: nothing answers on /nonexistent/goku.sock.\n !     Start it",
    );
    expect(stderr.includes("systemctl")).toBe(existsSync("/run/systemd/system"));
  });

  it.each([
    [true, "Start it (systemctl start goku, or goku serve)"],
    [false, "Start it (./install.sh host in its clone, or goku serve)"],
  ])("says how Goku starts here, with systemd: %s", (systemd, said) => {
    expect(daemonNotRunning("/goku.sock", systemd, null).hint).toContain(said);
  });

  it("says that the answer broke off", async () => {
    const host = await testControl({
      extra: {},
      engine: { listReplicas: () => new Promise(() => undefined) },
    });
    addApp(host, "blog");
    const server = createServer((socket) => {
      socket.once("data", () =>
        socket.end('HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n8\r\n{"line":\r\n'),
      );
    }).listen(`${host.data}/half.sock`);
    await once(server, "listening");
    execFileSync("mkdir", [`${host.data}/half`]);
    execFileSync("ln", ["-s", "../half.sock", `${host.data}/half/goku.sock`]);
    const { status, stderr } = await runOcto(["apps"], { data: `${host.data}/half` });
    server.close();
    expect(status).toBe(1);
    expect(stderr).toContain("stopped answering in the middle of apps");
  });

  it("shows the reference of a bug and ends with 1", async () => {
    const host = await testControl({ engine: noDocker });
    addApp(host, "blog");
    const { status, stderr } = await runOcto(["ps", "blog"], host);
    expect(status).toBe(1);
    expect(stderr).toMatch(/ !     Something in Goku broke \(reference [0-9a-f]{8}\)\./);
  });
});
