import { z } from "zod";
import { keyIsGone, noSuchKey } from "../../errors.ts";
import type { Key } from "../../store-ports.ts";
import type { KeyAnswer, NameAnswer } from "../answers.ts";
import { describeRights } from "../../rights.ts";
import { nearest } from "../../nearest.ts";
import { readPublicKey } from "../public-key.ts";
import { verb } from "../verb.ts";
import { noInput } from "./inputs.ts";
import { holderName, rightsFields, rightsOf } from "./rights.ts";

export const keysAddVerb = verb({
  name: "keys:add",
  right: "admin",
  input: z.strictObject({ name: holderName, key: z.string(), ...rightsFields }),
  event: (input) => `${input.name}: ${describeRights(rightsOf(input))}`,
  run: async ({ parts, keysChanged }, input): Promise<KeyAnswer> => {
    const { publicKey, fingerprint } = readPublicKey(input.key);
    const rights = rightsOf(input);
    const key = parts.store.keys.add({ name: input.name, publicKey, fingerprint, rights });
    await keysChanged();
    return keyAnswer(key);
  },
});

export const keysListVerb = verb({
  name: "keys:list",
  right: "admin",
  input: noInput,
  run: async ({ parts }) => parts.store.keys.list().map(keyAnswer),
});

export const keysRemoveVerb = verb({
  name: "keys:rm",
  right: "admin",
  input: z.strictObject({ name: z.string() }),
  event: ({ name }) => name,
  run: async ({ parts, keysChanged, shutOut }, { name }): Promise<NameAnswer> => {
    const { keys } = parts.store;
    if (!keys.remove(name)) {
      throw noSuchKey(
        name,
        nearest(
          name,
          keys.list().map((key) => key.name),
        ),
      );
    }
    shutOut("key", name, keyIsGone(name));
    await keysChanged();
    return { name };
  },
});

function keyAnswer({ name, fingerprint, rights, createdAt }: Key): KeyAnswer {
  return { name, fingerprint, rights, createdAt };
}
