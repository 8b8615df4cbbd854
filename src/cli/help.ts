import { columns } from "./columns.ts";
import { listing } from "./listing.ts";

/** The page that `octo help` shows. */
export function helpText(): string {
  const verbs = listing.map(({ verb, operands, summary }) => [
    `  octo ${verb} ${operands}`.trimEnd(),
    summary,
  ]);
  const own = [["  octo version", "Print the version of Goku"]];
  return `Usage: octo [-H git@host[:port]] VERB ...

${columns([...verbs, ...own])}
  octo VERB --help shows one verb with its options and an example. --json prints JSON.
  -H git@host:2222 runs the verb on another server, by SSH; ssh -p 2222 git@host VERB ... does the same.
`;
}
