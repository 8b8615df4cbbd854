import { z } from "zod";

/* What the inputs of several verbs have in common. */

export const appName = z.string();

export const appInput = z.strictObject({ app: appName });

export const appOf = (input: { app: string }) => input.app;

export const noInput = z.strictObject({});

export const version = z.int().min(1);

/** As zod's own, which leaves a key `__proto__` out without a word. */
export function record<Value>(key: z.ZodType<string>, value: z.ZodType<Value>) {
  return z
    .unknown()
    .transform((raw) => (isObject(raw) ? new Map(Object.entries(raw)) : raw))
    .pipe(z.map(key, value))
    .transform((map) => Object.fromEntries(map));
}

function isObject(raw: unknown): raw is object {
  return typeof raw === "object" && raw !== null && !Array.isArray(raw);
}
