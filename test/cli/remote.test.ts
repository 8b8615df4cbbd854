import { describe, expect, it } from "vitest";
import { sshArguments, wantsTerminal } from "../../src/cli/remote.ts";

describe("sshArguments", () => {
  it.each([
    ["git@host", ["-T", "git@host"]],
    ["host", ["-T", "git@host"]],
    ["me@host.example:2222", ["-T", "-p", "2222", "me@host.example"]],
    ["ssh://git@host:2222", ["-T", "-p", "2222", "git@host"]],
    ["ssh://git@host/", ["-T", "git@host"]],
    ["git@[::1]:2222", ["-T", "-p", "2222", "git@::1"]],
    ["git@10.0.0.1", ["-T", "git@10.0.0.1"]],
  ])("of %s", (host, before) => {
    expect(sshArguments(host, ["status"])).toEqual([...before, "--", "status"]);
  });

  it("has a terminal where one is lent", () => {
    expect(sshArguments("host", ["run", "blog", "sh"], true).slice(0, 2)).toEqual([
      "-t",
      "git@host",
    ]);
    expect(wantsTerminal(["run", "blog", "--", "sh"])).toBe(true);
    expect(wantsTerminal(["run", "--json", "blog", "sh"])).toBe(false);
    expect(wantsTerminal(["logs", "blog"])).toBe(false);
  });

  it("quotes every word for the far side", () => {
    const command = sshArguments("host", ["config:set", "blog/A", "it's $HOME", "-"]).at(-1);
    expect(command).toBe(String.raw`config:set blog/A 'it'\''s $HOME' -`);
  });

  it.each([
    "",
    "-oProxyCommand=id",
    "git@-oX",
    "a b",
    "git@host:port",
    "http://host",
    "git@host:1/x",
  ])("refuses %j", (host) => {
    expect(() => sshArguments(host, ["apps"])).toThrow("not a host");
  });

  it("refuses a command that Linux would not start, and says how else", () => {
    const words = ["config:set", "blog/A", "x".repeat(131_072)];
    expect(() => sshArguments("host", words)).toThrow("128 KiB");
  });
});
