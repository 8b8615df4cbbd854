import { isIP } from "node:net";
import type { HostMount, Link, PublishedPort } from "../../project.ts";
import { isVarKey, reservedVars } from "../../var.ts";
import { quote } from "../bad-line.ts";
import { badMagicLine, expectWords, type MagicLine } from "./magic-line.ts";

/** `host [container]`: absolute paths; the container's is the host's where it is left out. */
export function readMount(magic: MagicLine): HostMount {
  expectWords(magic, 1, 2);
  const [source = "", target = source] = magic.words.map((path) => readPath(magic, path));
  if (target === "/") {
    throw badMagicLine(magic, "the container's / cannot be covered");
  }
  return { source, target };
}

function readPath(magic: MagicLine, path: string): string {
  if (!path.startsWith("/")) {
    throw badMagicLine(magic, `${quote(path)} does not begin with /`);
  }
  const segments = path.split("/").filter((segment) => segment !== "" && segment !== ".");
  if (segments.includes("..") || /[:\p{Cc}]/u.test(path)) {
    throw badMagicLine(magic, `${quote(path)} has a part that a path may not have (.. or :)`);
  }
  return `/${segments.join("/")}`;
}

/** `hostPort containerPort [hostAddress]` */
export function readPublishedPort(magic: MagicLine): PublishedPort {
  expectWords(magic, 2, 3);
  const [host = "", container = "", hostAddress = "0.0.0.0"] = magic.words;
  if (isIP(hostAddress) === 0) {
    throw badMagicLine(magic, `${quote(hostAddress)} is not an IP address`);
  }
  return {
    hostPort: readPort(magic, host),
    containerPort: readPort(magic, container),
    hostAddress,
  };
}

function readPort(magic: MagicLine, text: string): number {
  const port = /^\d{1,5}$/.test(text) ? Number(text) : 0;
  if (port < 1 || port > 65_535) {
    throw badMagicLine(magic, `${quote(text)} is not a port`);
  }
  return port;
}

const aliasPattern = /^[a-z0-9](?:[a-z0-9_.-]{0,61}[a-z0-9])?$/i;
/** Docker's own rule for names of containers. */
const containerPattern = /^[a-z0-9][a-z0-9_.-]{1,127}$/i;

/** `service [container]`: the container is `<app>_<service>` where it is left out. */
export function readLink(magic: MagicLine): Link {
  expectWords(magic, 1, 2);
  const [alias = "", container = `${magic.app.name}_${alias}`] = magic.words;
  if (!aliasPattern.test(alias)) {
    throw badMagicLine(magic, `${quote(alias)} cannot be a host name`);
  }
  if (!containerPattern.test(container)) {
    throw badMagicLine(magic, `${quote(container)} cannot be the name of a container`);
  }
  return { alias, container };
}

/** The name of one config var. */
export function readVarKey(magic: MagicLine): string {
  expectWords(magic, 1, 1);
  const [key = ""] = magic.words;
  if (!isVarKey(key)) {
    throw badMagicLine(magic, `${quote(key)} cannot be the name of a config var`);
  }
  if (reservedVars.has(key)) {
    throw badMagicLine(magic, `${key} steers Goku and is never given to a build`);
  }
  return key;
}

export function readCommand(magic: MagicLine): string {
  if (magic.rest === "") {
    throw badMagicLine(magic, "the command is missing");
  }
  return magic.rest;
}
