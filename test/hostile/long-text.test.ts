import { PassThrough, Readable } from "node:stream";
import { buffer } from "node:stream/consumers";
import { describe, expect, it } from "vitest";
import { splitWords } from "../../src/cli/shell-words.ts";
import { readDomainList, readWishes } from "../../src/deploy/plan/wishes.ts";
import { ignoredBy } from "../../src/engine/build/ignore.ts";
import { isGokuError } from "../../src/errors.ts";
import { readCname } from "../../src/project/cname.ts";
import { foreignFrontend } from "../../src/project/dockerfile/frontend.ts";
import { readProject } from "../../src/project/read-project.ts";
import { mustBeDeployable } from "../../src/receiver/branch-rules.ts";
import { matchesPattern } from "../../src/rights.ts";
import { isDomain, isSafePath } from "../../src/route.ts";
import { nearest } from "../../src/nearest.ts";
import { brokenRule } from "../../src/var.ts";
import { readCredentials } from "../../src/web/identity.ts";
import { readPublicKey } from "../../src/web/public-key.ts";
import { terminalIo } from "../../src/web/terminal-io.ts";
import { readSince } from "../../src/web/verbs/since.ts";
import { main } from "../project/reading.ts";
import { processorClock } from "../support/processor-time.ts";

/*
 * Long texts for everything that reads the text of others. What takes time with the square of its length, as many an
 * expression does, would keep the daemon from everybody else for seconds.
 */

const length = 60_000;
/** What expressions stumble over is a long run of one thing and something else at its end. */
const units = [
  "-",
  " ",
  "\t",
  "a",
  "a.",
  "a-",
  "/",
  "\\",
  "'",
  '"',
  "$",
  "${",
  "*",
  "=",
  "#",
  "\n",
];
const ends = ["", "x", "!"];
const texts = units.flatMap((unit) =>
  ends.map((end) => unit.repeat(Math.floor(length / unit.length)) + end),
);

const dockerfile = (text: string) => readProject(new Map([["Dockerfile", text]]), main);

const readers: Readonly<Record<string, (text: string) => unknown>> = {
  "a branch": (text) => mustBeDeployable("blog", text),
  "a domain": isDomain,
  "a path": isSafePath,
  CNAME: readCname,
  "a whole Dockerfile": dockerfile,
  "a Dockerfile's directives": (text) => dockerfile(`#escape=x\n#${text}`),
  "a Dockerfile's lines": (text) => dockerfile(`FROM x\n${text}`),
  "a Dockerfile's RUN": (text) => dockerfile(`FROM x\nRUN ${text}`),
  "a Dockerfile's variable": (text) => dockerfile(`FROM x\nARG A=${text}\nEXPOSE $A`),
  "a heredoc": (text) => dockerfile(`FROM x\nRUN <<E\n${text}\nE`),
  "a frontend": (text) => foreignFrontend(`# syntax=${text}`, text) ?? foreignFrontend(text, ""),
  "a Dockerfile's ONBUILD": (text) => dockerfile(`FROM x\nONBUILD ${text}`),
  "a magic comment": (text) => dockerfile(`FROM x\n# RELEASE ${text}`),
  "a magic link": (text) => dockerfile(`FROM x\n# LINK_SERVICE ${text}`),
  ".dockerignore": (text) => {
    const name = "a".repeat(250);
    return [`${name}/${name}`, "-/*"].map(ignoredBy(text, "Dockerfile"));
  },
  "a path of the tree": ignoredBy("*a*a*-*\n**/a*/**x\n**//**/*.*", "Dockerfile"),
  DOMAINS: readDomainList,
  CONTAINERS: (text) => readWishes({ CONTAINERS: text }),
  MEMORY_LIMIT: (text) => readWishes({ MEMORY_LIMIT: text }),
  CUSTOM_CHECK: (text) => readWishes({ CUSTOM_CHECK: text }),
  "a var": (text) => brokenRule(text, text),
  "a command line": splitWords,
  credentials: (text) => readCredentials(`Basic ${text}`),
  "a public key": readPublicKey,
  "a point in time": (text) => readSince(text, new Date()),
  "a pattern of rights": (text) => matchesPattern("a*a*-*x", text),
  "a mistyped word": (text) => nearest(text, ["status", "config:set"]),
};

describe.each(Object.keys(readers))("%s", (what) => {
  it("is read or refused at once, however long it is", () => {
    let slowest = { ms: 0, text: "" };
    for (const text of texts) {
      // The time that others take on a busy machine does not count.
      const spentMs = processorClock();
      try {
        readers[what]?.(text);
      } catch (error) {
        if (!isGokuError(error)) {
          throw error;
        }
      }
      const ms = spentMs();
      slowest = ms > slowest.ms ? { ms, text: `${text.slice(0, 4)}...${text.slice(-2)}` } : slowest;
    }
    expect(slowest.ms, JSON.stringify(slowest.text)).toBeLessThan(1000);
  });
});

describe("a terminal's input", () => {
  const screen = { columns: 80, rows: 24 };
  const io = (stdin: Readable) =>
    terminalIo({ stdin, stdout: new PassThrough(), stderr: new PassThrough() }, screen);

  it("that is one line without an end is given up, and not kept", async () => {
    let sent = 0;
    const endless = new Readable({
      read() {
        sent += 1;
        this.push(Buffer.alloc(64 * 1024, "x"));
      },
    });
    const { stdin } = io(endless);
    await expect(buffer(stdin ?? Readable.from([]))).rejects.toThrow("a line without an end");
    expect(sent).toBeLessThan(40);
  });

  it("of large frames arrives whole", async () => {
    const bytes = Buffer.alloc(64 * 1024, 7);
    const frame = `${JSON.stringify({ in: bytes.toString("base64") })}\n`;
    const { stdin } = io(Readable.from(Array.from({ length: 40 }, () => Buffer.from(frame))));
    expect((await buffer(stdin ?? Readable.from([]))).length).toBe(40 * bytes.length);
  });
});
