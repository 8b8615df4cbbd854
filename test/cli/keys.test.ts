import { describe, expect, it } from "vitest";
import { testControl } from "../web/test-control.ts";
import { runOcto } from "./run-octo.ts";

describe("keys and tokens", () => {
  const pub = `ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAI${"A".repeat(43)} me@here\n`;

  it("keys:add prints the fingerprint, keys:list the rights", async () => {
    const host = await testControl();
    const added = await runOcto(["keys:add", "laptop", "--app", "blog", "shop-*"], {
      ...host,
      input: pub,
    });
    expect(added.stdout).toMatch(/^SHA256:\S{43} laptop \(deploys blog, shop-\*\)\n$/);
    const { stdout } = await runOcto(["keys:list"], host);
    expect(stdout).toMatch(/^laptop {2}SHA256:\S{43} {2}deploys blog, shop-\* {2}\d{4}-/);
  });

  it("keys:add refuses what is no key", async () => {
    const host = await testControl();
    expect(await runOcto(["keys:add", "laptop"], { ...host, input: "hello" })).toMatchObject({
      status: 1,
      stdout: "",
      stderr: expect.stringContaining("not a public SSH key"),
    });
  });

  it("tokens:add prints the token alone", async () => {
    const host = await testControl();
    const { stdout, stderr } = await runOcto(["tokens:add", "ci"], host);
    expect(stdout).toMatch(/^[\w-]{43}\n$/);
    expect(stderr).toContain("shown this once");
  });
});
