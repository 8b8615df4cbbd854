import { createHash } from "node:crypto";
import type { IncomingMessage } from "node:http";
import { keyIsGone, unauthorized } from "../errors.ts";
import type { Rights, Store } from "../store-ports.ts";
import { adminRights } from "../rights.ts";

/** Who asks, and what they may do. */
export interface Identity {
  /** Name of the key or token; `admin` on the server itself. */
  readonly name: string;
  readonly rights: Rights;
  /** What shows it; null on the server itself, where nothing has to. */
  readonly holder: Holder | null;
}

export type Holder = "key" | "token";

/** Somebody with access to the control socket and no key: an admin of this server. */
export const localAdmin: Identity = { name: "admin", rights: adminRights, holder: null };

/** @throws keyIsGone for a key removed since its session began */
export function keyIdentity(store: Store, name: string): Identity {
  const key = store.keys.find(name);
  if (key === null) {
    throw keyIsGone(name);
  }
  return { name: key.name, rights: key.rights, holder: "key" };
}

/**
 * The owner of an `Authorization` header: `Basic` with NAME:TOKEN in base64, or `Bearer NAME:TOKEN`.
 * @returns null for a header that opens nothing
 */
export function tokenIdentity(store: Store, authorization: string): Identity | null {
  const credentials = readCredentials(authorization);
  if (credentials === null) {
    return null;
  }
  const token = store.tokens.verify(credentials.name, hashToken(credentials.token));
  return token === null ? null : { name: token.name, rights: token.rights, holder: "token" };
}

/** SHA-256 in hex. Tokens are 256 random bits, so that a slow hash would protect nothing more. */
export function hashToken(token: string): string {
  return createHash("sha256").update(token).digest("hex");
}

export function readCredentials(authorization: string): { name: string; token: string } | null {
  const match = /^(basic|bearer) +(\S+)$/i.exec(authorization);
  if (match === null) {
    return null;
  }
  const [, scheme = "", value = ""] = match;
  const pair =
    scheme.toLowerCase() === "basic" ? Buffer.from(value, "base64").toString("utf8") : value;
  const colon = pair.indexOf(":");
  return colon < 1 ? null : { name: pair.slice(0, colon), token: pair.slice(colon + 1) };
}

const identities = new WeakMap<IncomingMessage, Identity>();

export function identify(request: IncomingMessage, identity: Identity): void {
  identities.set(request, identity);
}

/** @throws unauthorized when nothing has authenticated the request: a route without a door keeper stays shut */
export function identityOf(request: IncomingMessage): Identity {
  const identity = identities.get(request);
  if (identity === undefined) {
    throw unauthorized();
  }
  return identity;
}
