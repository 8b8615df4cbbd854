import { describe, expect, it } from "vitest";
import {
  authorizedKeys,
  isAuthorizable,
  mergeAuthorizedKeys,
} from "../../../src/receiver/ssh/authorized-keys.ts";

const script = "/var/lib/goku/bin/ssh-command";
const key = { name: "alice@laptop", publicKey: "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAI" };
const line = `restrict,command="exec ${script} alice@laptop",pty ${key.publicKey} alice@laptop\n`;

describe("authorizedKeys", () => {
  it("lets a key run the forced command alone", () => {
    expect(authorizedKeys([key], script)).toBe(line);
    expect(authorizedKeys([], script)).toBe("");
  });

  it("takes security keys and old ones", () => {
    for (const type of ["sk-ssh-ed25519@openssh.com", "ecdsa-sha2-nistp256", "ssh-rsa"]) {
      expect(isAuthorizable({ name: "a", publicKey: `${type} AAAA/+9==` })).toBe(true);
    }
  });

  it.each([
    { name: 'a" ssh-rsa', publicKey: key.publicKey },
    { name: "a b", publicKey: key.publicKey },
    { name: "a;id", publicKey: key.publicKey },
    { name: "a\nb", publicKey: key.publicKey },
    { name: "", publicKey: key.publicKey },
    { name: "x".repeat(65), publicKey: key.publicKey },
    { name: "a", publicKey: `${key.publicKey}\nssh-rsa AAAA` },
    { name: "a", publicKey: `${key.publicKey} comment` },
    { name: "a", publicKey: `command="id" ${key.publicKey}` },
    { name: "a", publicKey: "" },
  ])("leaves out what could be more than one key: %j", (bad) => {
    expect(authorizedKeys([bad, key], script)).toBe(line);
  });

  it("quotes the path for the shell and for sshd", () => {
    const odd = authorizedKeys([key], `/it's "odd"/ssh-command`);
    expect(odd).toContain(String.raw`command="exec '/it'\\''s \"odd\"/ssh-command' alice@laptop"`);
  });
});

describe("mergeAuthorizedKeys", () => {
  it("keeps the lines of others and replaces its own", () => {
    const others = "# by hand\nssh-rsa AAAA root\n";
    const gone = `restrict,command="exec ${script} bob" ssh-rsa BBBB bob\n`;
    expect(mergeAuthorizedKeys(`${others}${gone}`, line, script)).toBe(`${others}${line}`);
    expect(mergeAuthorizedKeys("", line, script)).toBe(line);
    expect(mergeAuthorizedKeys("ssh-rsa AAAA no newline", line, script)).toBe(
      `ssh-rsa AAAA no newline\n${line}`,
    );
    const other = mergeAuthorizedKeys(others, line, script);
    expect(mergeAuthorizedKeys(other, "", script)).toBe(others);
  });
});
