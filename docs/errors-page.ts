import type { GokuError } from "../src/errors.ts";
import { samples } from "./error-samples.ts";

const head = `# What Goku may tell you

Every failure that a user can cause or mend, with a sample of its words and what to do. \`octo\` ends with the
exit status, the API answers with the HTTP status. Anything else is a bug in Goku: you see a reference, and the
log has what lies under it.

Written by \`npm run docs\` from \`src/errors.ts\`.
`;

/** docs/errors.md as the code has it. */
export function errorsPage(): string {
  const sections = Object.entries(samples)
    .sort(([one], [other]) => one.localeCompare(other))
    .map(([name, error]) => section(name, error));
  return [head, ...sections].join("\n");
}

function section(name: string, error: GokuError): string {
  const lines = [
    `## ${name}`,
    "",
    `\`${error.code}\`, exit status ${error.exitStatus}, HTTP ${error.status}`,
    "",
    `> ${error.message}`,
  ];
  const hint = error.hint === undefined ? [] : [">", `> ${error.hint}`];
  return [...lines, ...hint, ""].join("\n");
}
