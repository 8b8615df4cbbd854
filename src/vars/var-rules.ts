import { isAppName } from "../app.ts";
import { badAppName, usage } from "../errors.ts";
import type { VarChange } from "../ports.ts";
import { isVarKey, maxVarBytes } from "../release.ts";

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

/** An app's name becomes a folder in Consul. @throws badAppName */
export function assertAppName(app: string): void {
  if (!isAppName(app)) {
    throw badAppName(app);
  }
}
