import { z } from "zod";
import { findApp } from "../../deploy/verbs/apps.ts";
import { allowKinds, denyKinds, readPolicy } from "../../deploy/verbs/policy.ts";
import { verb } from "../verb.ts";
import { appInput, appName, appOf } from "./inputs.ts";

const kindsInput = z.strictObject({ app: appName, kinds: z.array(z.string()).min(1) });
const listed = ({ kinds }: { kinds: readonly string[] }) => kinds.join(" ");

export const policyVerb = verb({
  name: "policy",
  right: "read",
  input: appInput,
  app: appOf,
  run: async ({ parts }, { app }) => readPolicy(parts, findApp(parts, app)),
});

export const policyAllowVerb = verb({
  name: "policy:allow",
  right: "admin",
  input: kindsInput,
  app: appOf,
  absent: true,
  event: listed,
  run: async ({ parts }, { app, kinds }) => allowKinds(parts, app, kinds),
});

export const policyDenyVerb = verb({
  name: "policy:deny",
  right: "admin",
  input: kindsInput,
  app: appOf,
  absent: true,
  event: listed,
  run: async ({ parts }, { app, kinds }) => denyKinds(parts, app, kinds),
});
