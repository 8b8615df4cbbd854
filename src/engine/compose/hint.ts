const missing = /required variable "?([A-Za-z_][A-Za-z0-9_]*)"? is missing a value/;
const topLevel = /(?:\(root\)|compose\S*:) Additional property (\S+) is not allowed/;

/** What to do about what docker compose said of a file: the exact command where there is one. */
export function hintFor(reason: string, file: string, app: string): string {
  const variable = missing.exec(reason)?.[1];
  if (variable !== undefined) {
    return `Set it and push again: octo config:set ${app}/${variable} VALUE`;
  }
  const key = topLevel.exec(reason)?.[1];
  if (key !== undefined) {
    return `If ${key} is a service, it belongs below the line "services:"; else take it out of ${file} and push again.`;
  }
  return `Try it where the file is: docker compose -f ${file} config`;
}
