import { describe, expect, it } from "vitest";
import { addApp, addKey, nobody, testControl } from "../web/test-control.ts";
import { runOcto } from "./run-octo.ts";

describe("the forced command of a key", () => {
  it("has that key's rights", async () => {
    const host = await testControl();
    addApp(host, "blog");
    addApp(host, "shop");
    addKey(host, "laptop", { ...nobody, deploy: ["shop"] });
    const forced = (sshCommand: string) => runOcto([], { ...host, key: "laptop", sshCommand });
    expect((await forced("status")).stdout).toBe("shop: DOWN\n");
    expect((await forced("octo status")).stdout).toBe("shop: DOWN\n");
    expect((await forced("keys:list")).stderr).toContain("laptop may not");
    expect((await forced("info 'blog'")).stderr).toContain('There is no app "blog".');
  });

  it("expands nothing and starts nothing", async () => {
    const host = await testControl();
    addKey(host, "laptop", { ...nobody, deploy: ["*"] });
    const sshCommand = "config:set shop/A '$(id); `id`' --no-restart";
    await runOcto([], { ...host, key: "laptop", sshCommand });
    expect(await host.vars.read("shop")).toEqual({ A: "$(id); `id`" });
  });

  it("goes on to no other server", async () => {
    const ended = await runOcto([], { key: "laptop", sshCommand: "-H git@elsewhere apps" });
    expect(ended).toMatchObject({
      status: 2,
      stderr: expect.stringContaining("does not go on to another"),
    });
  });

  it("without a command shows the verbs and fails", async () => {
    expect(await runOcto([], { key: "laptop" })).toMatchObject({ status: 2, stdout: "" });
  });
});
