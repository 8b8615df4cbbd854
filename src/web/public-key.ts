import { createHash } from "node:crypto";
import { badPublicKey } from "../errors.ts";
import { keyFault } from "./key-blob.ts";

export interface PublicKey {
  /** `ssh-ed25519 AAAA...`, without comment. */
  readonly publicKey: string;
  /** As `ssh-keygen -l` prints it: `SHA256:...` */
  readonly fingerprint: string;
}

const types = new Set([
  "ssh-ed25519",
  "ssh-rsa",
  "ecdsa-sha2-nistp256",
  "ecdsa-sha2-nistp384",
  "ecdsa-sha2-nistp521",
  "sk-ssh-ed25519@openssh.com",
  "sk-ecdsa-sha2-nistp256@openssh.com",
]);

const giveThePub = "Give the file that ends in .pub: octo keys:add NAME < ~/.ssh/id_ed25519.pub";
const makeOne = "Make a key that works: ssh-keygen -t ed25519";

/**
 * Reads a public key as it stands in a `.pub` file: one line, with or without a comment.
 * @throws badPublicKey saying what was given instead
 */
export function readPublicKey(text: string): PublicKey {
  refuseOtherFormats(text);
  const line = onlyLine(text);
  const [type = "", base64 = ""] = line.split(/[ \t]+/);
  if (!types.has(type)) {
    throw notAKey(line, type);
  }
  const blob = Buffer.from(base64, "base64");
  const fault = blob.toString("base64") === base64 ? keyFault(type, blob) : "it is not base64";
  if (base64 === "" || fault !== null) {
    throw badPublicKey(
      `The key is damaged: ${base64 === "" ? "it ends after its type" : fault}.`,
      `Copy it again, the whole line. ${giveThePub}`,
    );
  }
  const hash = createHash("sha256").update(blob).digest("base64").replace(/=+$/, "");
  return { publicKey: `${type} ${base64}`, fingerprint: `SHA256:${hash}` };
}

function refuseOtherFormats(text: string): void {
  if (/PRIVATE KEY-----|^PuTTY-User-Key-File/m.test(text)) {
    throw badPublicKey(
      "This is a private key, which nobody but its owner should see; nothing of it was kept.",
      giveThePub,
    );
  }
  if (/-----? ?BEGIN /.test(text)) {
    throw badPublicKey(
      "This is a key in another format than OpenSSH's.",
      "Convert it: ssh-keygen -i -f FILE (add -m PKCS8 for one that says BEGIN PUBLIC KEY)",
    );
  }
}

function onlyLine(text: string): string {
  const lines = text
    .replace(/^\uFEFF/, "")
    .split(/\r?\n/)
    .map((line) => line.trim())
    .filter((line) => line !== "" && !line.startsWith("#"));
  const [first, ...others] = lines;
  if (first === undefined) {
    throw badPublicKey("No key came on standard input.", giveThePub);
  }
  if (others.length > 0) {
    const several = others.some((line) => [...types].some((type) => line.includes(`${type} `)));
    throw badPublicKey(
      several
        ? `These are ${lines.length} keys, and a name stands for one.`
        : `The key is spread over ${lines.length} lines, and must be one.`,
      several ? "Add each under a name of its own: octo keys:add NAME < one.pub" : giveThePub,
    );
  }
  return first;
}

function notAKey(line: string, type: string) {
  if (type === "ssh-dss") {
    return badPublicKey("DSA keys are too weak, and today's OpenSSH refuses them.", makeOne);
  }
  if (/-cert-v0\d@openssh\.com$/.test(type)) {
    return badPublicKey("This is a certificate, not a key.", giveThePub);
  }
  if ([...types].some((known) => line.includes(` ${known} `))) {
    return badPublicKey(
      "There are options before the key; Goku sets those itself.",
      "Give only the key: its type, then the long text.",
    );
  }
  return /^(ssh|ecdsa|sk)-[a-z0-9@.-]+$/.test(type)
    ? badPublicKey(`Keys of the type ${type.slice(0, 60)} are not supported.`, makeOne)
    : badPublicKey("This is not a public SSH key.", giveThePub);
}
