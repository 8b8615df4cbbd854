import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { isGokuError } from "../../src/errors.ts";
import { readPublicKey } from "../../src/web/public-key.ts";
import { toWireError } from "../../src/web/wire.ts";

const folder = mkdtempSync(join(tmpdir(), "goku-keys-"));
afterAll(() => rmSync(folder, { recursive: true }));

/** A real key, made by ssh-keygen. @returns the path of its private half */
function make(type: string, bits?: number): string {
  const path = join(folder, `${type}-${bits ?? ""}`);
  const size = bits === undefined ? [] : ["-b", String(bits)];
  execFileSync("ssh-keygen", ["-q", "-t", type, ...size, "-N", "", "-C", "a comment", "-f", path]);
  return path;
}

const read = (path: string) => readFileSync(path, "utf8");
const ed25519 = make("ed25519");
const rsa2048 = make("rsa", 2048);
const made = new Map([
  ["ed25519", ed25519],
  ["rsa2048", rsa2048],
]);
const good = read(`${ed25519}.pub`);
const [type = "", base64 = ""] = good.split(" ");

describe("readPublicKey", () => {
  it.each([
    ["ed25519", undefined],
    ["rsa", 2048],
    ["ecdsa", 256],
    ["ecdsa", 384],
    ["ecdsa", 521],
  ])("takes a key of type %s %s, with ssh-keygen's fingerprint", (kind, bits) => {
    const path = made.get(`${kind}${bits ?? ""}`) ?? make(kind, bits);
    const listed = execFileSync("ssh-keygen", ["-l", "-f", `${path}.pub`], { encoding: "utf8" });
    const { publicKey, fingerprint } = readPublicKey(read(`${path}.pub`));
    expect(listed).toContain(` ${fingerprint} `);
    expect(read(`${path}.pub`)).toContain(publicKey);
    expect(publicKey.split(" ")).toHaveLength(2);
  });

  it.each([
    ["no comment", `${type} ${base64}\n`],
    ["no line break", `${type} ${base64}`],
    ["Windows line ends", `${type} ${base64} me\r\n`],
    ["a byte order mark", `\uFEFF${good}`],
    ["blank lines and a remark", `\n# mine\n\n${good}\n\n`],
    ["a comment with a type's name in it", `${type} ${base64} my ssh-ed25519 key\n`],
  ])("takes a key with %s", (_what, text) => {
    expect(readPublicKey(text).publicKey).toBe(`${type} ${base64}`);
  });

  const bytes = Buffer.from(base64, "base64");
  const other = execFileSync("ssh-keygen", ["-e", "-f", `${ed25519}.pub`], { encoding: "utf8" });
  const pkcs8 = execFileSync("ssh-keygen", ["-e", "-m", "PKCS8", "-f", `${rsa2048}.pub`], {
    encoding: "utf8",
  });
  it.each([
    ["nothing", "", "No key came"],
    ["only remarks", "# none\n", "No key came"],
    ["a private key", read(ed25519), "private key"],
    ["an old private key", "-----BEGIN RSA PRIVATE KEY-----\nMIIE\n", "private key"],
    ["a private key of PuTTY's", "PuTTY-User-Key-File-3: ssh-ed25519\n", "private key"],
    ["a key in RFC 4716's format", other, "another format"],
    ["a key in PKCS8", pkcs8, "another format"],
    ["two keys", `${good}${good}`, "These are 2 keys"],
    [
      "a key broken over two lines",
      `${type} ${base64.slice(0, 30)}\n${base64.slice(30)}\n`,
      "spread over 2 lines",
    ],
    ["options before it", `command="sh" ${good}`, "options before the key"],
    ["an option without a value", `restrict ${good}`, "options before the key"],
    ["DSA", "ssh-dss AAAAB3NzaC1kc3MAAACB", "DSA"],
    ["a certificate", `ssh-ed25519-cert-v01@openssh.com ${base64}`, "certificate"],
    ["an unknown type", `ssh-xmss@openssh.com ${base64}`, "not supported"],
    ["prose", "hello world\n", "not a public SSH key"],
    ["a path", "/root/.ssh/id_ed25519.pub\n", "not a public SSH key"],
    ["a type alone", `${type}\n`, "ends after its type"],
    ["a cut key", `${type} ${base64.slice(0, 40)}\n`, "a part of it is missing"],
    ["base64 of nothing", `${type} ====\n`, "not base64"],
    [
      "bytes after its end",
      `${type} ${Buffer.concat([bytes, Buffer.from([0])]).toString("base64")}`,
      "missing",
    ],
    ["a type that its inside denies", `ssh-rsa ${base64}\n`, "different types"],
    ["another alphabet of base64", `${type} ${base64.replace(/.$/, "!")}\n`, "not base64"],
    ["too few bytes inside", `${type} ${shortEd25519()}\n`, "do not fit its type"],
    ["RSA of 512 bits", `ssh-rsa ${rsa(512)}\n`, "need 1024 bits"],
  ])("refuses %s, and says so", (_what, text, sentence) => {
    expect(() => readPublicKey(text)).toThrow(sentence);
  });

  it("never repeats a private key", () => {
    const secret = read(ed25519).replaceAll("\n", "").slice(60, 100);
    expect(JSON.stringify(failure(() => readPublicKey(read(ed25519))))).not.toContain(secret);
  });
});

function field(bytes: Buffer): Buffer {
  const length = Buffer.alloc(4);
  length.writeUInt32BE(bytes.length);
  return Buffer.concat([length, bytes]);
}

function shortEd25519(): string {
  return Buffer.concat([field(Buffer.from("ssh-ed25519")), field(Buffer.alloc(31, 1))]).toString(
    "base64",
  );
}

function rsa(bits: number): string {
  const fields = [Buffer.from("ssh-rsa"), Buffer.from([1, 0, 1]), Buffer.alloc(bits / 8, 0x7f)];
  return Buffer.concat(fields.map(field)).toString("base64");
}

function failure(act: () => unknown): unknown {
  try {
    act();
  } catch (error) {
    return isGokuError(error) ? toWireError(error) : error;
  }
  throw new Error("nothing was thrown");
}
