import type { Key } from "../../store-ports.ts";
import { shellWord } from "../shell-word.ts";

/** Names that go into a shell command as they are. */
const keyNamePattern = /^[A-Za-z0-9._@-]{1,64}$/;
const publicKeyPattern = /^[a-z0-9@.-]+ [A-Za-z0-9+/]+={0,3}$/;

function isKeyName(name: string): boolean {
  return keyNamePattern.test(name);
}

/** True for a key that can be one line of authorized_keys: nothing in it can end its command or begin another option. */
export function isAuthorizable({ name, publicKey }: Pick<Key, "name" | "publicKey">): boolean {
  return isKeyName(name) && publicKeyPattern.test(publicKey);
}

/**
 * sshd's authorized_keys: each key may run the forced command and nothing else, in a terminal if it asks for one
 * (`octo run`). Keys that could not be written safely are left out.
 * @param sshCommand absolute path of the forced command
 */
export function authorizedKeys(
  keys: readonly Pick<Key, "name" | "publicKey">[],
  sshCommand: string,
): string {
  const start = lineStart(sshCommand);
  return keys
    .filter(isAuthorizable)
    .map(({ name, publicKey }) => `${start}${name}",pty ${publicKey} ${name}\n`)
    .join("");
}

/** Lines of `existing` that are somebody else's, then Goku's own. */
export function mergeAuthorizedKeys(existing: string, own: string, sshCommand: string): string {
  const start = lineStart(sshCommand);
  const others = existing.split("\n").filter((line) => line !== "" && !line.startsWith(start));
  return others.map((line) => `${line}\n`).join("") + own;
}

/** By exec, since the process that asks Goku must be a child of sshd's process for the connection. */
function lineStart(sshCommand: string): string {
  const command = `exec ${shellWord(sshCommand)} `;
  return `restrict,command="${command.replaceAll("\\", "\\\\").replaceAll('"', '\\"')}`;
}
