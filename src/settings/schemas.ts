import { z } from "zod";

/** Reads one setting from its text. */
export type Schema<T> = z.ZodType<T>;

/** What is wrong with a text, and how to write it instead. */
export class Problem {
  readonly problem: string;
  readonly fix: string;

  constructor(problem: string, fix: string) {
    this.problem = problem;
    this.fix = fix;
  }
}

/** A schema made of a plain function; the fix travels in the issue's `params`. */
export function text<T>(parse: (text: string) => T | Problem): z.ZodType<T, string> {
  return z.string().transform((value, context) => {
    const parsed = parse(value);
    if (parsed instanceof Problem) {
      context.addIssue({ code: "custom", message: parsed.problem, params: { fix: parsed.fix } });
      return z.NEVER;
    }
    return parsed;
  });
}

/** A setting that can be without a value: nothing, or the word for that. */
export function optional<T>(schema: z.ZodType<T, string>, word: "none" | "off"): Schema<T | null> {
  return z
    .string()
    .nullable()
    .transform((value) => (value === word ? null : value))
    .pipe(schema.nullable());
}

const unitsMs: Partial<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 };
/** Above this, Node's timers fire at once. */
const longestMs = 24 * 3_600_000;

/** `500ms`, `60s`, `20m`, `1h` in milliseconds, up to a day. */
export function duration(least: number) {
  return text((value) => {
    const [, amount = "", unit = ""] = /^(\d+(?:\.\d+)?) ?([a-z]*)$/.exec(value) ?? [];
    const factor = unitsMs[unit];
    if (amount !== "" && unit === "") {
      return new Problem(`"${value}" has no unit`, `Write ${value}s for seconds, or ms, m, h.`);
    }
    const ms = Math.round(Number(amount) * (factor ?? Number.NaN));
    if (factor === undefined || amount === "" || ms < least || ms > longestMs) {
      const problem = `"${value}" is not a duration${least > 0 ? ` of ${least} ms` : ""} up to a day`;
      return new Problem(problem, "Write it as 500ms, 60s, 20m or 1h.");
    }
    return ms;
  });
}

const unitsBytes: Partial<Record<string, number>> = {
  k: 2 ** 10,
  m: 2 ** 20,
  g: 2 ** 30,
  t: 2 ** 40,
};

/** `512m`, `2g` in bytes. */
export const size = text((value) => {
  const [, amount = "", unit = ""] =
    /^(\d+(?:\.\d+)?) ?([kmgt]?)b?$/.exec(value.toLowerCase()) ?? [];
  if (amount !== "" && unit === "") {
    return new Problem(`"${value}" has no unit`, `Write ${value}m for megabytes, or k, g, t.`);
  }
  const bytes = Math.round(Number(amount) * (unitsBytes[unit] ?? Number.NaN));
  return amount !== "" && bytes > 0
    ? bytes
    : new Problem(`"${value}" is not a size`, "Write it as 512m or 2g.");
});

/** From `least` on. */
export function wholeNumber(least: number) {
  return text((value) => {
    const number = Number(value);
    return /^\d{1,9}$/.test(value) && number >= least
      ? number
      : new Problem(
          `"${value}" is not a whole number of at least ${least}`,
          `Write ${least} or more.`,
        );
  });
}

/** `2`, `1.5` */
export const cpus = text((value) => {
  const number = Number(value);
  return /^\d{1,4}(?:\.\d{1,3})?$/.test(value) && number >= 0.01
    ? number
    : new Problem(`"${value}" is not a number of CPUs`, "Write it as 2 or 1.5.");
});

export function oneOf<T extends string>(words: readonly T[]) {
  return text(
    (value) =>
      words.find((word) => word === value) ??
      new Problem(`"${value}" is not one of its values`, `Write one of ${words.join(", ")}.`),
  );
}

/** Sent in an HTTP header; never shown, not even in part. */
export const secret = text((value) =>
  /^[\x21-\x7E]+$/.test(value)
    ? value
    : new Problem("it holds spaces or other characters that no token has", "Copy it once more."),
);
