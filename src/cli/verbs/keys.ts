import { describeRights } from "../../rights.ts";
import type { KeyAnswer, NameAnswer } from "../../web/answers.ts";
import { columns, time } from "../columns.ts";
import { command, type Input } from "../command.ts";
import { readRights, rightsOptions } from "../rights-options.ts";

export const keysAdd = command<KeyAnswer>({
  example:
    "octo keys:add laptop --admin < ~/.ssh/id_ed25519.pub\nocto keys:add ci --app 'shop-*' < ci.pub",
  options: rightsOptions,
  parse: ([name], options) => {
    const rights = readRights(options);
    return (key: string): Input => ({ name, key, ...rights });
  },
  print: ({ name, fingerprint, rights }) => `${fingerprint} ${name} (${describeRights(rights)})\n`,
});

export const keysList = command<KeyAnswer[]>({
  example: "octo keys:list",
  parse: () => ({}),
  print: (keys) =>
    columns(
      keys.map(({ name, fingerprint, rights, createdAt }) => [
        name,
        fingerprint,
        describeRights(rights),
        time(createdAt),
      ]),
    ),
  note: (keys) =>
    keys.length === 0 ? "There are no keys yet: octo keys:add NAME < key.pub\n" : "",
});

export const keysRemove = command<NameAnswer>({
  example: "octo keys:rm laptop",
  parse: ([name]) => ({ name }),
  print: ({ name }) => `Removed the key ${name}.\n`,
});
