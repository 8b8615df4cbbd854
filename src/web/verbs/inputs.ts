import { z } from "zod";

/* What the inputs of several verbs have in common. */

export const appName = z.string();

export const appInput = z.strictObject({ app: appName });

export const appOf = (input: { app: string }) => input.app;

export const noInput = z.strictObject({});

export const version = z.int().min(1);
