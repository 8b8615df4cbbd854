import { PassThrough } from "node:stream";
import { describe, expect, it } from "vitest";
import { withTerminalOf } from "../../../src/engine/replica/with-terminal.ts";

const plain = { stdin: new PassThrough(), stdout: new PassThrough(), stderr: new PassThrough() };
const size = { isTTY: true, columns: 100, rows: 40 };
const lent = { ...plain, stdout: Object.assign(new PassThrough(), size) };
const options = { Image: "blog", Cmd: ["sh"], HostConfig: { NetworkMode: "none" } };

describe("the container of a command", () => {
  it("is as it was for a client without a terminal, or without an input", () => {
    expect(withTerminalOf(plain, options)).toBe(options);
    expect(withTerminalOf({ ...lent, stdin: null }, options)).toBe(options);
  });

  it("has the terminal's size, and an init so that Ctrl-C ends what has no handler for it", () => {
    expect(withTerminalOf(lent, options)).toEqual({
      ...options,
      Tty: true,
      HostConfig: { NetworkMode: "none", ConsoleSize: [40, 100], Init: true },
    });
  });

  it.each([
    ["/init", false],
    [["/usr/bin/dumb-init", "--"], false],
    [["/sbin/tini", "--"], false],
    ["/docker-entrypoint.sh", true],
    [["/bin/initialize", "x"], true],
    [[], true],
  ])("leaves an init of the image's alone: %j", (entrypoint, init) => {
    expect(withTerminalOf(lent, options, entrypoint).HostConfig?.Init).toBe(init);
    expect(withTerminalOf(lent, { ...options, Entrypoint: entrypoint }).HostConfig?.Init).toBe(
      init,
    );
  });

  it("does as the file of a project says", () => {
    const HostConfig = { ...options.HostConfig, Init: false };
    expect(withTerminalOf(lent, { ...options, HostConfig }).HostConfig?.Init).toBe(false);
  });
});
