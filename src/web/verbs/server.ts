import type { VersionAnswer } from "../answers.ts";
import { verb } from "../verb.ts";
import { gokuVersion } from "../../system/version.ts";
import { noInput } from "./inputs.ts";

export const versionVerb = verb({
  name: "version",
  right: "anyone",
  input: noInput,
  run: async (): Promise<VersionAnswer> => ({ version: gokuVersion() }),
});
