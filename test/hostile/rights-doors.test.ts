import { readFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { notAllowed } from "../../src/errors.ts";
import { readSources, withoutComments } from "../architecture/source.ts";
import { runOcto } from "../cli/run-octo.ts";
import { exec } from "../support/exec.ts";
import { say } from "./raw-http.ts";
import { sentenceIn } from "./refusals.ts";
import { secret, startTwoRepositories } from "./two-repositories.ts";
import type { WholeWeb } from "./whole-web.ts";

/* Which ways in there are at all: what the daemon listens on, and what the forced command of an SSH key does. */

const root = resolve(import.meta.dirname, "../..");
let web: WholeWeb;
let commit: string;

beforeAll(async () => {
  ({ web, commit } = await startTwoRepositories());
});

afterAll(() => web.close());

describe("the daemon", () => {
  const said = (path: string, pattern: RegExp, text: string) =>
    [...withoutComments(text).matchAll(pattern)].map(([found]) => `${path}: ${found}`);

  it("listens twice, on what the tests of routes and verbs ask", () => {
    const makesServers =
      /(?<!function )\b(?:create\w*Server|createSocket|new \w*Server|listen\w*)\(/g;
    const found = readSources(root, "src").flatMap(({ path, text }) =>
      said(path, makesServers, text),
    );
    expect(found.sort()).toEqual([
      "src/goku.ts: listenOnSocket(",
      "src/goku.ts: listenOnTcp(",
      "src/web/listen.ts: createServer(",
      "src/web/listen.ts: createServer(",
      "src/web/listen.ts: listen(",
      "src/web/listen.ts: listen(",
    ]);
  });

  it("gives the two what createControl made, and adds nothing to it", async () => {
    const text = await readFile(join(root, "src/goku.ts"), "utf8");
    expect(said("goku.ts", /(?<!\/)\bcontrol\.\w+\W/g, text).sort()).toEqual([
      "goku.ts: control.socket(",
      "goku.ts: control.tcp,",
    ]);
  });

  const listeners = {
    "the web address": () => ({ where: { host: "127.0.0.1", port: web.port }, lines: "" }),
    // A key that is not there: without one, the socket's own rights ask.
    "the control socket": () => ({ where: { path: web.socket }, lines: "x-goku-key: gone\r\n" }),
  };

  describe.each(Object.entries(listeners))("on %s", (_name, listener) => {
    const question = (head: string) => {
      const { where, lines } = listener();
      const body = '{"app":"shop"}';
      const length = `content-type: application/json\r\ncontent-length: ${body.length}\r\n`;
      return say(where, `${head}host: goku\r\n${lines}${length}\r\n${body}`);
    };

    it.each([
      [
        "another protocol",
        "POST /api/info HTTP/1.1\r\nconnection: upgrade\r\nupgrade: websocket\r\n",
      ],
      ["to be told to go on", "POST /api/info HTTP/1.1\r\nexpect: 100-continue\r\n"],
      ["something else first", "POST /api/info HTTP/1.1\r\nexpect: the-unexpected\r\n"],
    ])("who asks for %s is asked who he is", async (_what, head) => {
      const { text } = await question(head);
      expect(text).toMatch(/^HTTP\/1\.1 (401|417) /m);
      expect(text).not.toContain("101 Switching");
    });

    it("who asks for a tunnel gets nothing", async () => {
      const { text, closed } = await question("CONNECT shop:80 HTTP/1.1\r\n");
      expect([text, closed]).toEqual(["", true]);
    });
  });
});

/** What each kind of command of the forced command is asked about shop by blogger, and how that ends. */
const asked: Readonly<
  Record<string, readonly (readonly [command: string, said: string | RegExp])[]>
> = {
  "''": [["", /^Hi blogger, this is Goku\..*\n$/]],
  "'git-receive-pack '* | 'git receive-pack '*": [
    ["git-receive-pack 'shop.git'", notAllowed("blogger", "push to shop").message],
    ["git receive-pack shop", notAllowed("blogger", "push to shop").message],
  ],
  "'git-upload-pack '* | 'git upload-pack '*": [
    ["git-upload-pack '/shop.git'", notAllowed("blogger", "read shop").message],
    ["git upload-pack shop", notAllowed("blogger", "read shop").message],
  ],
  "'git-upload-archive'* | 'git upload-archive'*": [
    ["git-upload-archive 'shop.git'", "Goku serves no archives."],
    ["git upload-archive shop", "Goku serves no archives."],
  ],
  "scp | 'scp '* | /*sftp-server | /*sftp-server\\ * | internal-sftp*": [
    ["scp -f shop", "Goku takes no files by scp or sftp."],
    ["/usr/lib/openssh/sftp-server", "Goku takes no files by scp or sftp."],
    ["internal-sftp", "Goku takes no files by scp or sftp."],
  ],
  // octo, which stands still here: its verbs are those of rights-verbs.test.ts, its other words those below.
  "*": [["info shop", /^$/]],
};

/** What octo does with each word that is no verb, asked by blogger's forced command; null where it does what it is asked. */
const octoWords: Readonly<Record<string, string | null>> = {
  help: null,
  "-h": null,
  "--help": null,
  version: null,
  "-v": null,
  "-V": null,
  "--version": null,
  "-H": "A server does not go on to another one.",
  "--host": "A server does not go on to another one.",
};

describe("the forced command of an SSH key", () => {
  it("knows these commands", async () => {
    const script = await readFile(join(root, "src/receiver/scripts/ssh-command"), "utf8");
    const [, cases = ""] = /^case \$asked in\n([^]*?)^esac$/m.exec(script) ?? [];
    expect([...cases.matchAll(/^ {2}(\S.*?)\)(?: |$)/gm)].map(([, one]) => one)).toEqual(
      Object.keys(asked),
    );
    expect(script.trimEnd().endsWith("esac")).toBe(true);
  });

  it.each(Object.entries(asked))("opens nothing of another app by %s", async (_kind, asks) => {
    const [before, made] = [await web.snapshot(), web.calls.length];
    for (const [command, said] of asks) {
      const env = { PATH: "/usr/bin:/bin", SSH_ORIGINAL_COMMAND: command };
      const ended = await exec(web.scripts.sshCommand, ["blogger"], { env, input: "0000" });
      const text = `${ended.stdout}${ended.stderr}`;
      expect(sentenceIn(text) ?? text).toMatch(said);
      expect(text).not.toContain(secret);
      expect(text).not.toContain(commit);
    }
    expect(web.calls.slice(made)).toEqual([]);
    expect(await web.snapshot()).toBe(before);
  });

  it("knows beside octo's verbs these words", async () => {
    const text = await readFile(join(root, "src/cli/octo.ts"), "utf8");
    const words = [...text.matchAll(/\bcase "(.*?)":/g)].map(([, word]) => word);
    expect(words).toEqual(Object.keys(octoWords));
  });

  it.each(Object.entries(octoWords))(
    "asks nothing of the daemon by octo %s",
    async (word, said) => {
      const [before, made] = [await web.snapshot(), web.calls.length];
      const sshCommand = `${word} git@127.0.0.1 info shop`;
      const ended = await runOcto([], { data: web.data, key: "blogger", sshCommand });
      const text = `${ended.stdout}${ended.stderr}`;
      expect(said === null ? "" : sentenceIn(text)).toBe(said ?? "");
      expect(text).not.toContain(secret);
      expect(web.calls.slice(made)).toEqual([]);
      expect(await web.snapshot()).toBe(before);
    },
  );
});
