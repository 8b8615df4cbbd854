import { usage } from "../../errors.ts";
import { command } from "../command.ts";
import { readCount, readVersion } from "../operands.ts";

/** Lines shown where nobody says how many. */
export const defaultTail = 100;

export const logs = command<{ readonly lines: number }>({
  example:
    "octo logs blog -f\nocto logs blog worker --tail 20\nocto logs blog --since 10m\nocto logs blog --build v12\nocto logs blog -f --json",
  options: [
    ["-f, --follow", "go on until Ctrl-C; with --json, print one JSON document per line"],
    ["--since <time>", "from 30s, 10m, 2h or 1d ago, or from a date: 2026-03-01T12:00:00Z"],
    [
      "--tail <lines>",
      `only the last lines, of each container (${defaultTail} unless --since is given)`,
    ],
    ["--build [version]", "what the build said, of the newest release or of one"],
    ["--access", "the access log, a JSON object a line"],
  ],
  document: (lines) => lines,
  linesAreDocuments: ({ json }) => json === true,
  parse: ([app, service], { follow, since, tail, build, access, json }) => {
    if (build !== undefined && access === true) {
      throw usage("--build and --access are two different logs.");
    }
    if (service !== undefined && (build !== undefined || access === true)) {
      throw usage("--build and --access have the log of the whole app, and none of a service.");
    }
    return {
      app,
      ...(service === undefined ? {} : { service }),
      kind: access === true ? "access" : build === undefined ? "app" : "build",
      version: typeof build === "string" ? readVersion(build, app) : null,
      follow: follow === true,
      since: typeof since === "string" ? since : null,
      tail:
        typeof tail === "string"
          ? readCount(tail, "--tail")
          : since === undefined
            ? defaultTail
            : null,
      // One document could only be printed at an end that a followed log doesn't have.
      json: follow === true && json === true,
    };
  },
  print: () => "",
});
