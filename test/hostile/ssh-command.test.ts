import { mkdir, readdir } from "node:fs/promises";
import { join } from "node:path";
import * as fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { exec } from "../support/exec.ts";
import { DoorHost } from "../receiver/support/door-host.ts";
import { argumentText } from "./arbitraries.ts";

/*
 * The forced command as sshd starts it, by a real shell. Whatever the client asks, it ends in one of four ways: a
 * greeting, a sentence of refusal, git for one plain repository, or octo with the text as it came. `octo` here says what
 * it was started with.
 */

let host: DoorHost;
/** An empty folder that the commands are started in, and every word of theirs that could do something aims at. */
let canary: string;

beforeAll(async () => {
  host = await DoorHost.start();
  canary = join(host.folder, "canary");
  await mkdir(canary);
});

afterAll(() => host.destroy());

async function ask(asked: string) {
  return exec(host.scripts.sshCommand, ["tester"], {
    cwd: canary,
    env: { PATH: "/usr/bin:/bin", HOME: canary, SSH_ORIGINAL_COMMAND: asked },
    input: "0000",
  });
}

const doings = fc.constantFrom(
  "touch x",
  "$(touch x)",
  "`touch x`",
  "; touch x",
  "&& touch x",
  "|| touch x",
  "| touch x",
  "\ntouch x\n",
  "> x",
  ">> ./x",
  "<(touch x)",
  "${IFS}touch${IFS}x",
  "$((a[$(touch x)]))",
  "'$(touch x)'",
  '"$(touch x)"',
  "' ; touch x ; '",
  "--upload-pack=touch x",
  "--exec=touch x",
  "-c core.sshCommand=touch",
  "ok hooks ./x",
  "\nexit 0\n",
  "ANSWERS\ntouch x\n",
);
const service = fc.constantFrom(
  "git-receive-pack ",
  "git-upload-pack ",
  "git receive-pack ",
  "git upload-pack ",
  "git-upload-archive ",
  "git-receive-pack",
  "scp ",
  "octo ",
  "",
);
const quoted = fc.tuple(
  fc.constantFrom("", "'", '"', "'/", "~/", "/"),
  fc.constantFrom("", "'", '"', ".git'"),
);
const text = fc
  .array(fc.oneof(doings, argumentText), { maxLength: 3 })
  .map((parts) => parts.join(""));
const command = fc
  .tuple(service, quoted, text)
  .map(([start, [before, after], middle]) => start + before + middle + after);

describe("a forced command", () => {
  it("starts nothing and writes nothing, whatever is asked", { timeout: 60_000 }, async () => {
    await fc.assert(
      fc.asyncProperty(command, async (asked) => {
        const { status, stdout, stderr } = await ask(asked);
        const octo = ["octo", "tester", host.data, asked, "0", ""].join("\n");
        const isRefused = status === 1 && stdout === "" && /^( ! {5}.*\n)+$/.test(stderr);
        const isGreeted = status === 0 && asked === "" && stdout.startsWith("Hi tester");
        const isGit = /^git[- ](receive|upload)-pack ['"]?[~/]*[A-Za-z0-9]/.test(asked);
        expect(
          isRefused || isGreeted || isGit || stdout === octo,
          JSON.stringify({ asked, status, stdout, stderr }),
        ).toBe(true);
        expect(await readdir(canary)).toEqual([]);
      }),
      { numRuns: 150 },
    );
    const folders = await readdir(join(host.data, "repositories"));
    expect(
      folders.filter((name) => !/^(\.goku|[A-Za-z0-9][A-Za-z0-9._-]*\.git)$/.test(name)),
    ).toEqual([]);
  });

  it.each([
    "git-receive-pack 'blog$(touch x)'",
    "git-receive-pack 'blog\ntouch x'",
    "git-receive-pack 'blog' ; touch x",
    "git-receive-pack 'blog.git' --exec='touch x'",
    "git-upload-pack --strict 'blog'",
    "git-upload-pack '--upload-pack=touch x'",
    "git-receive-pack '../data/repositories/blog'",
    "git-receive-pack 'blog/../other'",
    "git-receive-pack 'blog.git/hooks'",
    "git-receive-pack 'blog\r'",
    "git-receive-pack '\u202eblog'",
  ])("refuses %j", async (asked) => {
    const { status, stdout } = await ask(asked);
    expect([status, stdout]).toEqual([1, ""]);
    expect(await readdir(canary)).toEqual([]);
  });
});
