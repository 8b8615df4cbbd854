import { usage } from "../errors.ts";
import { joinWords } from "./shell-words.ts";

/** Linux starts no process with a longer argument, and sshd hands the command over as one. */
export const maxCommandBytes = 128 * 1024 - 64;

/**
 * The arguments of `ssh` for a verb on another machine.
 * @param host `git@host`, `git@host:2222`, `ssh://git@host:2222`; without a user, `git`
 * @param terminal octo's terminal is to be the verb's too
 * @throws usage
 */
export function sshArguments(host: string, argv: readonly string[], terminal = false): string[] {
  const target = readTarget(host);
  const command = joinWords(argv);
  if (Buffer.byteLength(command) > maxCommandBytes) {
    throw usage(
      "The command is too long to travel by SSH, which takes 128 KiB.",
      `Give the value on standard input: octo -H ${host} config:set app/KEY - < file`,
    );
  }
  const port = target.port === "" ? [] : ["-p", target.port];
  return [terminal ? "-t" : "-T", ...port, `${target.user}@${target.host}`, "--", command];
}

/** True for a verb that lends its terminal; an option before the app, like --json, is a wish for something else. */
export function wantsTerminal([verb, first]: readonly string[]): boolean {
  return verb === "run" && first !== undefined && !first.startsWith("-");
}

const targetPattern =
  /^(?:ssh:\/\/)?(?:(?<user>[\w.][\w.-]*)@)?(?:\[(?<ipv6>[\da-f:.%\w]+)\]|(?<host>[\w.][\w.-]*))(?::(?<port>\d{1,5}))?\/?$/i;

function readTarget(text: string): { user: string; host: string; port: string } {
  const found = targetPattern.exec(text)?.groups;
  if (found === undefined) {
    throw usage(
      `"${text.slice(0, 80)}" is not a host to reach by SSH.`,
      "Write octo -H git@host VERB, or with a port: octo -H git@host:2222 VERB",
    );
  }
  return {
    user: found["user"] ?? "git",
    host: found["ipv6"] ?? found["host"] ?? "",
    port: found["port"] ?? "",
  };
}
