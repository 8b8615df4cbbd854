import { randomBytes } from "node:crypto";
import { z } from "zod";
import { noSuchToken, wrongToken } from "../../errors.ts";
import type { NameAnswer, NewTokenAnswer, TokenAnswer } from "../answers.ts";
import { hashToken } from "../identity.ts";
import { describeRights } from "../../rights.ts";
import { nearest } from "../../nearest.ts";
import { verb } from "../verb.ts";
import { noInput } from "./inputs.ts";
import { holderName, rightsFields, rightsOf } from "./rights.ts";

const tokenBytes = 32;

export const tokensAddVerb = verb({
  name: "tokens:add",
  right: "admin",
  input: z.strictObject({ name: holderName, ...rightsFields }),
  event: (input) => `${input.name}: ${describeRights(rightsOf(input))}`,
  run: async ({ parts }, input): Promise<NewTokenAnswer> => {
    const token = randomBytes(tokenBytes).toString("base64url");
    const owner = { name: input.name, rights: rightsOf(input) };
    const { name, rights, createdAt } = parts.store.tokens.add(owner, hashToken(token));
    return { name, token, rights, createdAt };
  },
});

export const tokensListVerb = verb({
  name: "tokens:list",
  right: "admin",
  input: noInput,
  run: async ({ parts }): Promise<TokenAnswer[]> =>
    parts.store.tokens.list().map(({ name, rights, createdAt }) => ({ name, rights, createdAt })),
});

export const tokensRemoveVerb = verb({
  name: "tokens:rm",
  right: "admin",
  input: z.strictObject({ name: z.string() }),
  event: ({ name }) => name,
  run: async ({ parts, shutOut }, { name }): Promise<NameAnswer> => {
    const { tokens } = parts.store;
    if (!tokens.remove(name)) {
      throw noSuchToken(
        name,
        nearest(
          name,
          tokens.list().map((token) => token.name),
        ),
      );
    }
    shutOut("token", name, wrongToken());
    return { name };
  },
});
