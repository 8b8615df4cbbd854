import { describeRights } from "../../rights.ts";
import type { NameAnswer, NewTokenAnswer, TokenAnswer } from "../../web/answers.ts";
import { columns, time } from "../columns.ts";
import { command } from "../command.ts";
import { readRights, rightsOptions } from "../rights-options.ts";

/** The token alone is on standard output, so that a script can take it. */
export const tokensAdd = command<NewTokenAnswer>({
  example: "octo tokens:add ci --app 'shop-*'",
  options: rightsOptions,
  parse: ([name], options) => ({ name, ...readRights(options) }),
  print: ({ token }) => `${token}\n`,
  note: ({ name, rights }) =>
    `This token of ${name} (${describeRights(rights)}) is shown this once.\n`,
});

export const tokensList = command<TokenAnswer[]>({
  example: "octo tokens:list",
  parse: () => ({}),
  print: (tokens) =>
    columns(
      tokens.map(({ name, rights, createdAt }) => [name, describeRights(rights), time(createdAt)]),
    ),
  note: (tokens) => (tokens.length === 0 ? "There are no tokens yet: octo tokens:add NAME\n" : ""),
});

export const tokensRemove = command<NameAnswer>({
  example: "octo tokens:rm ci",
  parse: ([name]) => ({ name }),
  print: ({ name }) => `Removed the token ${name}.\n`,
});
