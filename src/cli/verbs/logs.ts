import { usage } from "../../errors.ts";
import { command } from "../command.ts";
import { readCount, readVersion } from "../operands.ts";

/** Lines shown where nobody says how many. */
const defaultTail = 100;

export const logs = command<{ readonly lines: number }>({
  example: "octo logs blog -f\nocto logs blog --since 10m\nocto logs blog --build v12",
  options: [
    ["-f, --follow", "go on until Ctrl-C"],
    ["--since <time>", "from 30s, 10m, 2h or 1d ago, or from a date: 2026-03-01T12:00:00Z"],
    ["--tail <lines>", `only the last lines (${defaultTail} unless --since is given)`],
    ["--build [version]", "what the build said, of the newest release or of one"],
    ["--access", "the access log, a JSON object a line"],
  ],
  document: (lines) => lines,
  parse: ([app], { follow, since, tail, build, access, json }) => {
    if (build !== undefined && access === true) {
      throw usage("--build and --access are two different logs.");
    }
    if (follow === true && json === true) {
      throw usage("--json is one document, and --follow has no end.", "Leave one of them out.");
    }
    return {
      app,
      kind: access === true ? "access" : build === undefined ? "app" : "build",
      version: typeof build === "string" ? readVersion(build) : null,
      follow: follow === true,
      since: typeof since === "string" ? since : null,
      tail:
        typeof tail === "string"
          ? readCount(tail, "--tail")
          : since === undefined
            ? defaultTail
            : null,
    };
  },
  print: () => "",
});
