import type { Event } from "../../store-ports.ts";
import { columns, time } from "../columns.ts";
import { command } from "../command.ts";
import { readCount } from "../operands.ts";

export const defaultLimit = 50;

export const events = command<Event[]>({
  example: "octo events blog",
  options: [["--limit <count>", `how many (${defaultLimit})`]],
  parse: ([app], { limit }) => ({
    ...(app === undefined ? {} : { app }),
    limit: typeof limit === "string" ? readCount(limit, "--limit") : defaultLimit,
  }),
  print: (all) =>
    columns(all.map(({ at, who, what, app, detail }) => [time(at), who, what, app ?? "-", detail])),
});
