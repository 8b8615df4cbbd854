import { z } from "zod";
import { describe, expect, it } from "vitest";
import { hashToken } from "../../src/web/identity.ts";
import { askApi } from "./ask-api.ts";
import { testControl } from "./test-control.ts";

const one = `ssh-ed25519 ${blob(1)} a@b`;
const two = `ssh-ed25519 ${blob(2)}`;

/** A key that nobody has the other half of. */
function blob(fill: number): string {
  const field = (bytes: Buffer) => {
    const length = Buffer.alloc(4);
    length.writeUInt32BE(bytes.length);
    return Buffer.concat([length, bytes]);
  };
  const fields = [Buffer.from("ssh-ed25519"), Buffer.alloc(32, fill)];
  return Buffer.concat(fields.map(field)).toString("base64");
}

describe("keys", () => {
  it.each([
    ["no wish", {}, { admin: false, deploy: ["*"], read: [] }],
    ["--admin", { admin: true }, { admin: true, deploy: ["*"], read: ["*"] }],
    [
      "--app",
      { deploy: ["blog", "shop-*"] },
      { admin: false, deploy: ["blog", "shop-*"], read: [] },
    ],
    ["--read", { read: ["*"] }, { admin: false, deploy: [], read: ["*"] }],
  ])("get their rights from %s", async (_what, wish, rights) => {
    const host = await testControl();
    const { result } = await askApi(
      "keys:add",
      { name: "k", key: one, ...wish },
      { at: host.socket },
    );
    expect(result).toMatchObject({
      name: "k",
      fingerprint: expect.stringMatching(/^SHA256:.{43}$/),
    });
    expect(host.store.keys.find("k")).toMatchObject({
      rights,
      publicKey: `ssh-ed25519 ${blob(1)}`,
    });
    expect(host.keysWritten()).toBe(1);
  });

  it("are refused twice: by name and by key", async () => {
    const host = await testControl();
    const add = (name: string, key: string) =>
      askApi("keys:add", { name, key }, { at: host.socket });
    await add("laptop", one);
    expect((await add("laptop", two)).error).toMatchObject({ code: "conflict" });
    expect((await add("phone", one)).error).toMatchObject({
      code: "conflict",
      message: expect.stringContaining("laptop"),
    });
    expect(host.keysWritten()).toBe(1);
  });

  it.each(["", "a b", "-x", "a:b", "é", 'a"b', "a\nb", "x".repeat(65)])(
    "cannot be called %j",
    async (name) => {
      const host = await testControl();
      const answer = await askApi("keys:add", { name, key: one }, { at: host.socket });
      expect(answer.error?.code).toBe("usage");
      expect(host.store.keys.list()).toEqual([]);
    },
  );

  it.each(["", "Blog", "a b", "../x"])("cannot be for the pattern %j", async (pattern) => {
    const host = await testControl();
    const input = { name: "k", key: one, deploy: [pattern] };
    expect((await askApi("keys:add", input, { at: host.socket })).error?.code).toBe("usage");
  });

  it("are listed newest first and removed by name", async () => {
    const host = await testControl();
    await askApi("keys:add", { name: "first", key: one }, { at: host.socket });
    await askApi("keys:add", { name: "second", key: two }, { at: host.socket });
    const list = async () => (await askApi("keys:list", {}, { at: host.socket })).result;
    expect(await list()).toMatchObject([{ name: "second" }, { name: "first" }]);
    const missing = await askApi("keys:rm", { name: "frist" }, { at: host.socket });
    expect(missing.error).toMatchObject({ code: "not-found", hint: "Did you mean first?" });
    await askApi("keys:rm", { name: "first" }, { at: host.socket });
    expect(await list()).toMatchObject([{ name: "second" }]);
    expect(host.keysWritten()).toBe(3);
  });
});

describe("tokens", () => {
  it("are shown once, kept as a hash, and open the door", async () => {
    const host = await testControl();
    const { result } = await askApi("tokens:add", { name: "ci" }, { at: host.socket });
    const { token } = z.object({ token: z.string() }).parse(result);
    expect(Buffer.from(token, "base64url")).toHaveLength(32);
    expect(host.store.tokens.verify("ci", hashToken(token))).not.toBeNull();
    const headers = { authorization: `Bearer ci:${token}` };
    expect((await askApi("apps", {}, { at: host.url, headers })).result).toEqual([]);
    const listed = await askApi("tokens:list", {}, { at: host.socket });
    const events = host.store.events.list(null, 5);
    expect(JSON.stringify([listed.frames, events])).not.toContain(token);

    await askApi("tokens:rm", { name: "ci" }, { at: host.socket });
    expect((await askApi("apps", {}, { at: host.url, headers })).status).toBe(401);
  });
});
