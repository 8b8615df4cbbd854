import { readdir, readlink } from "node:fs/promises";
import { hasErrno } from "../../system/errno.ts";
import { titleOf } from "../../system/proc.ts";
import type { Address } from "../text/render.ts";
import { type Socket, socketStates, tcpSockets } from "./sockets.ts";

/** Who listens on a port. */
export interface PortHolder {
  readonly pid: number;
  /** Its command line, as it shows it. */
  readonly title: string;
}

/**
 * The processes that listen on an address or on all of them; empty when it is free.
 * Processes of other users stay unknown unless Goku is root: then the list has one with pid 0.
 */
export async function portHolders(address: Address): Promise<PortHolder[]> {
  const sockets = [
    ...(await tcpSockets("tcp", address.port)),
    ...(await tcpSockets("tcp6", address.port)),
  ];
  const inodes = sockets.filter((socket) => holds(socket, address)).map(({ inode }) => inode);
  if (inodes.length === 0) {
    return [];
  }
  const pids = await processesWith(new Set(inodes.map((inode) => `socket:[${inode}]`)));
  const holders = pids.map((pid) => ({ pid, title: titleOf(pid) }));
  return holders.length > 0 ? holders : [{ pid: 0, title: "another program" }];
}

/** True when listening on this socket keeps others from the address. Pure. */
export function holds({ local, state }: Socket, { host, port }: Address): boolean {
  return (
    state === socketStates.listen &&
    local.port === port &&
    (local.address === host || isEverywhere(local.address) || isEverywhere(host))
  );
}

/** Processes that have one of these files open, as /proc/PID/fd names it. */
export async function processesWith(targets: ReadonlySet<string>): Promise<number[]> {
  const pids = (await readdir("/proc")).map(Number).filter((pid) => pid > 0);
  const found = await Promise.all(
    pids.map(async (pid) =>
      (await openFiles(pid)).some((file) => targets.has(file)) ? [pid] : [],
    ),
  );
  return found.flat();
}

async function openFiles(pid: number): Promise<string[]> {
  const folder = `/proc/${pid}/fd`;
  try {
    return await Promise.all((await readdir(folder)).map((name) => link(`${folder}/${name}`)));
  } catch (error) {
    if (isGoneOrForeign(error)) {
      return [];
    }
    throw error;
  }
}

async function link(path: string): Promise<string> {
  try {
    return await readlink(path);
  } catch (error) {
    if (isGoneOrForeign(error)) {
      return "";
    }
    throw error;
  }
}

function isGoneOrForeign(error: unknown): boolean {
  return hasErrno(error, "ENOENT", "ESRCH", "EACCES", "EPERM");
}

function isEverywhere(address: string): boolean {
  return address === "0.0.0.0" || address === "::" || /^0{32}$/.test(address);
}
