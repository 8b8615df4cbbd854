import { usage } from "../../errors.ts";
import type { ExitAnswer } from "../../web/answers.ts";
import { command } from "../command.ts";

export const run = command<ExitAnswer>({
  example: "octo run blog -- rake db:migrate\nocto run blog worker -- sh",
  passThrough: true,
  streams: true,
  lendsTerminal: true,
  parse: ([app, ...rest]) => {
    // A word alone before `--` is a service.
    const at = rest[0] !== "--" && rest[1] === "--" ? 1 : 0;
    const words = rest[at] === "--" ? rest.slice(at + 1) : rest;
    if (words.length === 0) {
      throw usage("There is no command to run.", "For example: octo run blog -- ls /");
    }
    return { app, ...(at === 1 ? { service: rest[0] } : {}), command: words };
  },
  print: () => "",
  exitStatus: ({ exitStatus }) => exitStatus,
});
