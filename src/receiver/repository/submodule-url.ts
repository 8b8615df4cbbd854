import { isAbsolute } from "node:path";
import { badProject } from "../../errors.ts";
import { withoutEnd } from "../../without-end.ts";

/** What git is told of a submodule's origin. */
export interface SubmoduleSource {
  /** Without name and password: git shows it in its argv and messages. */
  readonly url: string;
  /** `Authorization` header of the name and password that the URL held; null for none. */
  readonly authorization: string | null;
}

/** Protocols that reach another machine; git's others read this one's files or start its programs. */
export const fetchProtocols = ["https", "http", "ssh", "git"] as const;

const schemePattern = /^([a-z][a-z0-9+.-]*):\/\//i;
/** `user@host:path`, ssh in scp's notation. */
const scpPattern = /^(?:[\w.-]+@)?(?!-)[\w.-]+:(?!:|\/\/).+$/;

/** @throws badProject for a URL that this server must not or cannot follow */
export function submoduleSource(path: string, text: string, allowFiles: boolean): SubmoduleSource {
  const scheme = schemePattern.exec(text)?.[1]?.toLowerCase();
  if (allowFiles && (scheme === "file" || isAbsolute(text))) {
    return { url: text, authorization: null };
  }
  if (text.startsWith("./") || text.startsWith("../")) {
    throw badProject(
      `The submodule "${path}" has the relative URL ${text}, and a repository that was pushed here has no address that it could be relative to.`,
      "Write its whole URL into .gitmodules, commit it and push again.",
    );
  }
  // Control characters and spaces are never part of a URL, and a leading dash would be an option.
  if (/^-|[\s\p{Cc}]/u.test(text)) {
    throw unusable(path, text);
  }
  if (scheme === undefined && scpPattern.test(text)) {
    return { url: text, authorization: null };
  }
  if (!fetchProtocols.some((protocol) => protocol === scheme)) {
    throw unusable(path, text);
  }
  return withoutCredentials(path, text);
}

function withoutCredentials(path: string, text: string): SubmoduleSource {
  const url = parse(text);
  if (url === null || url.hostname === "" || url.hostname.startsWith("-")) {
    throw unusable(path, text);
  }
  const isWeb = url.protocol === "http:" || url.protocol === "https:";
  if (url.password === "" && (!isWeb || url.username === "")) {
    return { url: text, authorization: null };
  }
  const pair = decoded(`${url.username}:${url.password}`);
  url.password = "";
  if (!isWeb) {
    return { url: url.href, authorization: null };
  }
  url.username = "";
  return {
    url: url.href,
    authorization: `Authorization: Basic ${pair.toString("base64")}`,
  };
}

/** As git has it: each code is a byte, and a % that begins none is itself. */
function decoded(ascii: string): Buffer {
  const bytes = ascii.replaceAll(/%([0-9a-f]{2})/gi, (_, code: string) =>
    String.fromCharCode(Number.parseInt(code, 16)),
  );
  return Buffer.from(bytes, "latin1");
}

function parse(text: string): URL | null {
  try {
    return new URL(text);
  } catch {
    return null;
  }
}

const unusable = (path: string, url: string) =>
  badProject(
    `The submodule "${path}" has the URL ${JSON.stringify(safeUrl(url))}, and this server fetches from ${fetchProtocols.join(", ")} addresses only.`,
    "Correct it in .gitmodules, commit it and push again.",
  );

/** For messages: nothing between the scheme and the last @. */
function safeUrl(url: string): string {
  return url.replace(/^([a-z][a-z0-9+.-]*:\/\/)[^/]*@/i, "$1").slice(0, 200);
}

/**
 * A relative URL of a submodule's own submodule, seen from where that submodule came from: each `../` takes one part
 * away, as git has it. Every other URL stays as it is.
 */
export function resolveUrl(url: string, base: string | null): string {
  if (base === null || !/^\.\.?\//.test(url)) {
    return url;
  }
  let left = withoutEnd(base, /\//);
  let rest = url;
  while (/^\.\.?\//.test(rest)) {
    if (rest.startsWith("../")) {
      left = left.replace(/(\/[^/]*|(?<=:)[^/:]*)$/, "");
    }
    rest = rest.replace(/^\.\.?\//, "");
  }
  return left.endsWith(":") ? `${left}${rest}` : `${left}/${rest}`;
}
