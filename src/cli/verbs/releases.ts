import type { NameAnswer, ReleaseAnswer } from "../../web/answers.ts";
import { shortCommit } from "../../revision.ts";
import { columns } from "../columns.ts";
import { time } from "../columns.ts";
import { command } from "../command.ts";
import { readVersion } from "../operands.ts";

export const releases = command<ReleaseAnswer[]>({
  example: "octo releases blog",
  parse: ([app]) => ({ app }),
  print: (all) =>
    columns(
      all.map(({ version, status, revision, createdAt, by, reason, failure }) => [
        `v${version}`,
        status,
        shortCommit(revision),
        time(createdAt),
        by,
        failure === null ? reason : `${reason}: ${failure}`,
      ]),
    ),
});

export const rollback = command<ReleaseAnswer>({
  example: "octo rollback blog v12",
  parse: ([app, version]) => ({
    app,
    version: version === undefined ? null : readVersion(version, app),
  }),
  print: () => "",
});

export const cancel = command<NameAnswer>({
  example: "octo deploys:cancel blog",
  parse: ([app]) => ({ app }),
  print: ({ name }) => `Cancelled the deploy of ${name}.\n`,
});
