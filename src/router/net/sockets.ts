import { endianness } from "node:os";
import { readFile } from "node:fs/promises";
import { hasErrno } from "../../system/errno.ts";

/** One line of /proc/net/tcp. */
export interface Socket {
  readonly local: Endpoint;
  /** The kernel's number: see `socketStates`. */
  readonly state: number;
  /** As in `socket:[12345]`, the target of links in /proc/PID/fd. */
  readonly inode: string;
}

export interface Endpoint {
  /** IPv4, dotted, also where IPv6 maps it; "::" and the like stay hexadecimal. */
  readonly address: string;
  readonly port: number;
}

/** include/net/tcp_states.h */
export const socketStates = { established: 1, synSent: 2, listen: 10 } as const;

/**
 * TCP sockets of this network namespace that have this port at either end; `tcp6` holds those that listen to IPv4
 * through IPv6, too.
 */
export async function tcpSockets(table: "tcp" | "tcp6", port: number): Promise<Socket[]> {
  try {
    return parseSockets(await readFile(`/proc/net/${table}`, "utf8"), port);
  } catch (error) {
    // A kernel without IPv6 has no tcp6.
    if (hasErrno(error, "ENOENT")) {
      return [];
    }
    throw error;
  }
}

/** True when this machine has a connection to the address, or is making one. @param address IPv4 */
export async function hasConnection(address: Endpoint): Promise<boolean> {
  return mentionsConnection(await readFile("/proc/net/tcp", "utf8"), address);
}

/**
 * A connection that is being made counts. One that the other end has closed (CLOSE_WAIT) doesn't: all it had to say is
 * in this machine's buffers already. Pure, and nothing is taken apart: the text may have tens of thousands of lines, and
 * is looked at again and again.
 */
export function mentionsConnection(text: string, { address, port }: Endpoint): boolean {
  const bytes = address.split(".").map(Number);
  const word = Buffer.from(endianness() === "LE" ? bytes.toReversed() : bytes).toString("hex");
  const remote = `${word.toUpperCase()}:${hexPort(port)}`;
  return [socketStates.established, socketStates.synSent].some((state) =>
    text.includes(` ${remote} 0${state} `),
  );
}

/** Pure. A busy machine has tens of thousands of lines: only the ones that matter are taken apart. */
export function parseSockets(text: string, port: number): Socket[] {
  const mark = `:${hexPort(port)} `;
  return text
    .split("\n")
    .filter((line) => line.includes(mark))
    .flatMap((line) => {
      const [, local, , state, , , , , , inode] = line.trim().split(/\s+/);
      return local === undefined || state === undefined
        ? []
        : [
            {
              local: parseEndpoint(local),
              state: Number.parseInt(state, 16),
              inode: inode ?? "0",
            },
          ];
    });
}

function hexPort(port: number): string {
  return port.toString(16).toUpperCase().padStart(4, "0");
}

/** The kernel prints addresses as 32-bit words in the machine's byte order, ports in reading order. */
function parseEndpoint(text: string): Endpoint {
  const [hex = "", port = "0"] = text.split(":");
  const word = hex.slice(-8);
  const isMapped = hex.length === 32 && /^0{16}(?:0000FFFF|FFFF0000)$/.test(hex.slice(0, 24));
  return {
    address: hex.length === 8 || isMapped ? dotted(word) : hex,
    port: Number.parseInt(port, 16),
  };
}

function dotted(word: string): string {
  const bytes = [...Buffer.from(word, "hex")];
  return (endianness() === "LE" ? bytes.toReversed() : bytes).join(".");
}
