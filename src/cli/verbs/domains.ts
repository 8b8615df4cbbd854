import type { DomainsAnswer } from "../../web/answers.ts";
import { lines } from "../columns.ts";
import { type Command, command } from "../command.ts";

export const domains = command<string[]>({
  example: "octo domains blog",
  parse: ([app]) => ({ app }),
  linesAreNotes: true,
  print: (all) => lines(all),
});

/** On one line, as octohost stores and prints them. */
export const domainsGet = command<string[]>({
  example: "octo domains:get blog",
  parse: ([app]) => ({ app }),
  print: (all) => (all.length === 0 ? "" : `${all.join(" ")}\n`),
});

/** A list with commas is taken, too. */
const change = (example: string): Command =>
  command<DomainsAnswer>({
    example,
    parse: ([app, ...names]) => ({
      app,
      domains: names.flatMap((name) => name.split(/[\s,]+/)).filter((name) => name !== ""),
    }),
    print: (answer) => (answer.release === null ? changedText(answer) : ""),
  });

export const domainsSet = change("octo domains:set blog blog.example.org");
export const domainsAdd = change("octo domains:add blog blog.example.org www.example.org");
export const domainsRemove = change("octo domains:rm blog www.example.org");

function changedText({ app, domains: all }: DomainsAnswer): string {
  return all.length === 0
    ? `${app} has only its own host names.\n`
    : `${app} has the domains ${all.join(" ")}.\n`;
}
