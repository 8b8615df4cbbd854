import { usage } from "../../errors.ts";
import type { ExitAnswer } from "../../web/answers.ts";
import { command } from "../command.ts";

export const run = command<ExitAnswer>({
  example: "octo run blog -- rake db:migrate\nocto run blog -- sh",
  passThrough: true,
  streams: true,
  lendsTerminal: true,
  parse: ([app, ...rest]) => {
    const words = rest[0] === "--" ? rest.slice(1) : rest;
    if (words.length === 0) {
      throw usage("There is no command to run.", "For example: octo run blog -- ls /");
    }
    return { app, command: words };
  },
  print: () => "",
  exitStatus: ({ exitStatus }) => exitStatus,
});
