import type { Listen } from "../../settings/settings.ts";

export interface SshdPlace {
  /** Absolute path of the folder that holds the keys, the configuration and the pid file. */
  readonly folder: string;
  readonly listen: Listen;
  /** The one user that may log in. */
  readonly user: string;
}

export const hostKeyTypes = ["ed25519", "ecdsa"] as const;

export function hostKeyPath(folder: string, type: string): string {
  return `${folder}/ssh_host_${type}_key`;
}

export function pidPath(folder: string): string {
  return `${folder}/sshd.pid`;
}

/**
 * Text of the configuration of Goku's own sshd. Ciphers and key exchanges are OpenSSH's defaults, the post-quantum
 * ones among them.
 */
export function sshdConfig({ folder, listen, user }: SshdPlace): string {
  // sshd takes `::` for IPv6 alone.
  const addresses = listen.host === "::" ? [{ ...listen, host: "0.0.0.0" }, listen] : [listen];
  const lines = [
    "# Written by Goku at every start; changes are lost.",
    ...addresses.map((address) => `ListenAddress ${addressText(address)}`),
    ...hostKeyTypes.map((type) => `HostKey ${quote(hostKeyPath(folder, type))}`),
    `PidFile ${quote(pidPath(folder))}`,
    // Here alone sshd looks for tokens (`%h`).
    `AuthorizedKeysFile ${quote(`${folder}/authorized_keys`.replaceAll("%", "%%"))}`,
    // The file is Goku's, wherever the data folder lies; its own modes keep others from writing it.
    "StrictModes no",
    `AllowUsers ${user}`,
    "AuthenticationMethods publickey",
    "PasswordAuthentication no",
    "KbdInteractiveAuthentication no",
    "PermitRootLogin prohibit-password",
    "UsePAM no",
    "PermitUserEnvironment no",
    "PermitUserRC no",
    // For `octo run`: the forced command stays the only one, and nothing is forwarded.
    "PermitTTY yes",
    "DisableForwarding yes",
    "AcceptEnv GIT_PROTOCOL",
    "PrintMotd no",
    "PrintLastLog no",
    "UseDNS no",
    // Many people carry more keys than the six that sshd lets them try.
    "MaxAuthTries 20",
    "MaxStartups 100:30:200",
    "LoginGraceTime 30",
    // A laptop that was closed lets go of its deploy in a minute.
    "ClientAliveInterval 15",
    "ClientAliveCountMax 3",
    "LogLevel INFO",
  ];
  return `${lines.join("\n")}\n`;
}

export function addressText({ host, port }: Listen): string {
  return host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`;
}

function quote(path: string): string {
  return `"${path.replaceAll("\\", "\\\\").replaceAll('"', '\\"')}"`;
}
