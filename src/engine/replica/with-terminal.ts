import { posix } from "node:path";
import type Docker from "dockerode";
import type { RunIo } from "../../ports.ts";
import { isTerminal, type TerminalOutput } from "../../system/terminal.ts";

/** Of a client that lends a terminal to its command; null of any other. */
export function screenOf({ stdin, stdout }: RunIo): TerminalOutput | null {
  return stdin !== null && isTerminal(stdout) ? stdout : null;
}

/** Inits that images bring themselves; some refuse to be anything but process 1. */
const initPattern = /init$|^tini|^systemd$/;

/**
 * The container of a command, with a terminal of the client's size where the client has one. There the command is not
 * process 1, to which the kernel gives no signal that it has no handler for: Ctrl-C would not end a `sleep`. Pure.
 * @param imageEntrypoint where the options have none of their own
 */
export function withTerminalOf(
  io: RunIo,
  options: Docker.ContainerCreateOptions,
  imageEntrypoint: string | readonly string[] = [],
): Docker.ContainerCreateOptions {
  const screen = screenOf(io);
  if (screen === null) {
    return options;
  }
  const { rows, columns } = screen;
  const [first = ""] = [options.Entrypoint ?? imageEntrypoint, options.Cmd ?? []].flat();
  return {
    ...options,
    Tty: true,
    HostConfig: {
      ...options.HostConfig,
      ConsoleSize: [rows, columns],
      Init: options.HostConfig?.Init ?? !initPattern.test(posix.basename(first)),
    },
  };
}
