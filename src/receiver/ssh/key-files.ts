import { chmod, chown, mkdir } from "node:fs/promises";
import { join } from "node:path";
import type { Key } from "../../store-ports.ts";
import { clearTemporaries, readFileIfAny, writeFileAtomically } from "../../system/file.ts";
import type { Log } from "../../system/log.ts";
import { oneAtATime } from "../../system/turns.ts";
import { authorizedKeys, isAuthorizable, mergeAuthorizedKeys } from "./authorized-keys.ts";
import type { GitUser } from "./git-user.ts";

/** Where sshd looks for keys. */
export interface KeyFiles {
  /** Makes these the keys that open the door, from the next connection on. */
  write(keys: readonly Key[]): Promise<void>;
}

export interface KeyFilesOptions {
  /** `<data>/ssh`, of Goku's own sshd. */
  readonly folder: string;
  /** Absolute path of the forced command. */
  readonly sshCommand: string;
  /** Null where Goku is not root. */
  readonly gitUser: GitUser | null;
  /** The machine's own sshd lets the keys in too: for the instance called `goku` alone. */
  readonly hostDoor: boolean;
  readonly log: Log;
}

export function createKeyFiles(options: KeyFilesOptions): KeyFiles {
  const { folder, sshCommand, gitUser, hostDoor, log } = options;
  // Or an older list could be the last to be written.
  const inTurn = oneAtATime();

  const write = async (keys: readonly Key[]): Promise<void> => {
    keys
      .filter((key) => !isAuthorizable(key))
      .forEach(({ name }) => log.error({ key: name }, "a key cannot be written for sshd"));
    const own = authorizedKeys(keys, sshCommand);
    await mkdir(folder, { recursive: true });
    await chmod(folder, 0o711);
    await clearTemporaries(folder);
    // sshd reads it as the git user.
    const path = join(folder, "authorized_keys");
    const mode =
      gitUser === null ? { mode: 0o600 } : { mode: 0o640, owner: { uid: 0, gid: gitUser.gid } };
    await writeFileAtomically(path, own, mode);
    if (hostDoor && gitUser !== null) {
      await writeHostFile(gitUser, own, sshCommand);
    }
  };

  return { write: (keys) => inTurn(() => write(keys)) };
}

/** The modes are those that sshd's StrictModes demands. Lines that are not Goku's stay. */
async function writeHostFile(user: GitUser, own: string, sshCommand: string): Promise<void> {
  const folder = join(user.home, ".ssh");
  const path = join(folder, "authorized_keys");
  await mkdir(folder, { recursive: true });
  await chmod(folder, 0o700);
  await chown(folder, user.uid, user.gid);
  const existing = (await readFileIfAny(path)) ?? "";
  const owner = { uid: user.uid, gid: user.gid };
  await writeFileAtomically(path, mergeAuthorizedKeys(existing, own, sshCommand), {
    mode: 0o600,
    owner,
  });
}
