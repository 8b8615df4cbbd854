import type { PrunedAnswer, VolumesAnswer } from "../../web/answers.ts";
import { columns, lines, time } from "../columns.ts";
import { command } from "../command.ts";

export const volumes = command<VolumesAnswer>({
  example: "octo volumes blog",
  parse: ([app]) => ({ app }),
  print: ({ volumes: all, folders }) =>
    columns([
      ...all.map(({ name, used, createdAt, path }) => [
        name,
        used ? "used" : "unused",
        time(createdAt),
        ...(path === null ? [] : [path]),
      ]),
      ...folders.map(({ path, source }) => [`./${path}`, "kept", source]),
    ]),
  note: ({ app, volumes: all, folders }) =>
    all.length + folders.length === 0 ? `${app} has no volumes.\n` : "",
});

export const volumesPrune = command<PrunedAnswer>({
  example: "octo volumes:prune blog --dry-run\nocto volumes:prune",
  options: [["--dry-run", "only say what would go"]],
  parse: ([app], { dryRun }) => ({
    ...(app === undefined ? {} : { app }),
    dryRun: dryRun === true,
  }),
  print: ({ dryRun, volumes: gone }) =>
    lines(
      gone.map(({ app, volume }) => `${dryRun ? "Would remove" : "Removed"} ${volume} of ${app}`),
    ),
  note: ({ volumes: gone }) =>
    gone.length === 0 ? "There is nothing to remove: every volume is used or named.\n" : "",
});
