import type { DomainsAnswer } from "../../web/answers.ts";
import { lines } from "../columns.ts";
import { command } from "../command.ts";

export const domains = command<string[]>({
  example: "octo domains blog",
  parse: ([app]) => ({ app }),
  print: (all) => lines(all),
  note: (all) =>
    all.length === 0 ? "No domain leads to it: it has no release yet, or no HTTP port.\n" : "",
});

/** On one line, as octohost stores and prints them. */
export const domainsGet = command<string[]>({
  example: "octo domains:get blog",
  parse: ([app]) => ({ app }),
  print: (all) => (all.length === 0 ? "" : `${all.join(" ")}\n`),
});

/** Set, add and rm; a list with commas is taken, too. */
export const domainsChange = command<DomainsAnswer>({
  example: "octo domains:add blog blog.example.org www.example.org",
  parse: ([app, ...names]) => ({
    app,
    domains: names.flatMap((name) => name.split(/[\s,]+/)).filter((name) => name !== ""),
  }),
  print: ({ app, domains: all, release }) =>
    release === null ? `${app} has the domains ${all.join(" ") || "it was born with"}.\n` : "",
});
