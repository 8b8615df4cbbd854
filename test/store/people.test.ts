import { createHash } from "node:crypto";
import { describe, expect, test } from "vitest";
import { emptyStore } from "./open.ts";

const rights = { admin: false, deploy: ["blog*"], read: ["*"] };
const laptop = {
  name: "laptop",
  publicKey: "ssh-ed25519 AAAA",
  fingerprint: "SHA256:abc",
  rights,
};
const hash = createHash("sha256").update("secret").digest("hex");

describe("keys", () => {
  test("come back as they were added, newest first", () => {
    const { keys } = emptyStore();
    const first = keys.add(laptop);
    const second = keys.add({
      ...laptop,
      name: "ci",
      publicKey: "ssh-ed25519 BBBB",
      fingerprint: "SHA256:def",
      rights: { admin: true, deploy: [], read: [] },
    });
    expect(first).toMatchObject(laptop);
    expect(keys.list()).toEqual([second, first]);
    expect(keys.find("laptop")).toEqual(first);
    expect(keys.find("nobody")).toBeNull();
  });

  test("a second key of the same name is refused", () => {
    const { keys } = emptyStore();
    keys.add(laptop);
    const other = { ...laptop, publicKey: "ssh-ed25519 BBBB", fingerprint: "SHA256:def" };
    expect(() => keys.add(other)).toThrowError(
      expect.objectContaining({
        code: "conflict",
        message: 'There is a key called "laptop" already.',
      }),
    );
  });

  test("the same key under a second name is refused, naming the first", () => {
    const { keys } = emptyStore();
    keys.add(laptop);
    expect(() => keys.add({ ...laptop, name: "desktop" })).toThrowError(
      expect.objectContaining({ code: "conflict", message: expect.stringContaining('"laptop"') }),
    );
    expect(keys.list()).toHaveLength(1);
  });

  test("a removed key is gone, and can be added again", () => {
    const { keys } = emptyStore();
    keys.add(laptop);
    expect(keys.remove("laptop")).toBe(true);
    expect(keys.remove("laptop")).toBe(false);
    expect(keys.add(laptop).name).toBe("laptop");
  });
});

describe("tokens", () => {
  test("are good with their own hash alone", () => {
    const { tokens } = emptyStore();
    const token = tokens.add({ name: "ci", rights }, hash);
    expect(tokens.verify("ci", hash)).toEqual(token);
    expect(tokens.verify("ci", hash.slice(1))).toBeNull();
    expect(tokens.verify("ci", hash.replace(/^./, "x"))).toBeNull();
    expect(tokens.verify("ci", "")).toBeNull();
    expect(tokens.verify("other", hash)).toBeNull();
  });

  test("a second one of the same name is refused", () => {
    const { tokens } = emptyStore();
    tokens.add({ name: "ci", rights }, hash);
    expect(() => tokens.add({ name: "ci", rights }, "other")).toThrowError(
      expect.objectContaining({ code: "conflict" }),
    );
    expect(tokens.verify("ci", hash)).not.toBeNull();
  });

  test("the list is newest first and shows no hash", () => {
    const { tokens } = emptyStore();
    tokens.add({ name: "ci", rights }, hash);
    tokens.add({ name: "phone", rights }, hash);
    expect(tokens.list().map(({ name }) => name)).toEqual(["phone", "ci"]);
    expect(JSON.stringify(tokens.list())).not.toContain(hash);
  });

  test("a removed one opens nothing", () => {
    const { tokens } = emptyStore();
    tokens.add({ name: "ci", rights }, hash);
    expect(tokens.remove("ci")).toBe(true);
    expect(tokens.verify("ci", hash)).toBeNull();
    expect(tokens.remove("ci")).toBe(false);
  });
});
