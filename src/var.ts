import { usage } from "./errors.ts";
import type { VarChange } from "./ports.ts";

/** Config vars that steer Goku and are never given to containers. */
export const reservedVars: ReadonlySet<string> = new Set([
  "DOMAINS",
  "CONTAINERS",
  "MEMORY_LIMIT",
  "NO_HTTP_PROXY",
  "CUSTOM_CHECK",
  "CUSTOM_CHECK_INTERVAL",
  "NGINX_ALT",
  "SSL_FORCED",
  "SSL_CERTIFICATE",
  "SSL_KEY",
]);

/** Reserved keys that name files of the host: only an admin sets them. */
export const adminVars: ReadonlySet<string> = new Set(["NGINX_ALT", "SSL_CERTIFICATE", "SSL_KEY"]);

/** POSIX's portable names: what every shell and `docker run -e` take. */
const varKeyPattern = /^[A-Za-z_][A-Za-z0-9_]{0,127}$/;

export function isVarKey(key: string): boolean {
  return varKeyPattern.test(key);
}

/** Linux starts no process with one `KEY=value` string of this size (MAX_ARG_STRLEN), in bytes. */
export const maxVarBytes = 128 * 1024;

export interface BrokenRule {
  /** The end of a sentence that begins with the var's name. */
  readonly why: string;
  readonly hint: string;
}

/** Why no process can be started with this var, or null when it can. */
export function brokenRule(key: string, value: string): BrokenRule | null {
  if (!isVarKey(key)) {
    return {
      why: "cannot be the name of a var",
      hint: "A var's name has letters, digits and underscores, begins with no digit, and has at most 128 characters: DATABASE_URL.",
    };
  }
  if (value.includes("\0")) {
    return {
      why: "has a value with a NUL character, which ends a value in every process",
      hint: "Encode the value, in base64 for example, and decode it in the app.",
    };
  }
  if (/\p{Surrogate}/u.test(value)) {
    return {
      why: "has a value that is not valid Unicode",
      hint: "Encode the value, in base64 for example, and decode it in the app.",
    };
  }
  const bytes = Buffer.byteLength(`${key}=${value}`);
  if (bytes >= maxVarBytes) {
    return {
      why: `is too large: ${key}=... has ${bytes} bytes, and Linux starts no process with a var of ${maxVarBytes} bytes or more`,
      hint: "Keep it in a file or a volume, and its path in the var.",
    };
  }
  return null;
}

/** @throws usage naming the first var that cannot be set, and the rule */
export function assertSettable(set: VarChange["set"]): void {
  for (const [key, value] of Object.entries(set)) {
    const broken = brokenRule(key, value);
    if (broken !== null) {
      throw usage(`"${key.slice(0, 80)}" ${broken.why}.`, broken.hint);
    }
  }
}
