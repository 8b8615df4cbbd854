import { markdownTable } from "../src/settings/markdown.ts";
import { apps, deploys } from "./limits/deploys.ts";
import { history, shown } from "./limits/history.ts";
import type { Section } from "./limits/limit.ts";
import { names } from "./limits/names.ts";
import { projects, trees } from "./limits/projects.ts";
import { doors, requests } from "./limits/requests.ts";

const head = `# Limits

What has a bound, what happens beyond it, and what changes it: a setting of
[the README](../README.md#settings), as it is unless set, or what is named. Whatever is refused says so, and
[errors.md](errors.md) has what to do about it. When a push is refused, what served before serves on.

Written by \`npm run docs\`; the numbers are those of the code.
`;

export const sections: readonly Section[] = [
  apps,
  deploys,
  trees,
  projects,
  requests,
  doors,
  history,
  shown,
  names,
];

/** docs/limits.md as the code has it. */
export function limitsPage(those: readonly Section[] = sections): string {
  return [head, ...those.map(pageOf)].join("\n");
}

function pageOf({ title, words, limits }: Section): string {
  const rows = limits.map(({ what, limit, beyond, setting }) => [
    what,
    limit,
    beyond,
    setting ?? "no",
  ]);
  const table = markdownTable([["what", "limit", "beyond it", "a setting changes it"], ...rows]);
  return [`## ${title}`, ...(words === undefined ? [] : [words]), `${table}\n`].join("\n\n");
}
