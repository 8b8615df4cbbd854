import { GokuError, isGokuError, messageOf, noSuchVerb, sshMissing, usage } from "../errors.ts";
import type { OctoEnvironment } from "../settings/octo.ts";
import { hasErrno } from "../system/errno.ts";
import { failureText } from "./failure.ts";
import { helpText } from "./help.ts";
import { findListed, listing } from "./listing.ts";
import { type Terminal, write } from "./terminal.ts";

/** What ssh itself ends with where it fails. */
const sshFailedStatus = 255;

/** Runs one command line. @returns the exit status: 0 done, 1 refused or failed, 2 wrong usage; of `-H` that of ssh */
export async function octo(
  argv: readonly string[],
  environment: OctoEnvironment,
  terminal: Terminal,
): Promise<number> {
  try {
    const isForced = environment.key !== null && argv.length === 0;
    const words = isForced ? await forcedWords(environment.sshCommand) : argv;
    return await obey(words, environment, terminal);
  } catch (error) {
    const failure = isGokuError(error) ? error : broken(error);
    await write(terminal.stderr, failureText(failure));
    return failure.exitStatus;
  }
}

/** As the forced command of an SSH key, octo finds what its owner typed in the environment. */
async function forcedWords(sshCommand: string): Promise<readonly string[]> {
  const { splitWords } = await import("./shell-words.ts");
  const words = splitWords(sshCommand);
  return words[0] === "octo" ? words.slice(1) : words;
}

async function obey(
  [verb, ...words]: readonly string[],
  environment: OctoEnvironment,
  terminal: Terminal,
): Promise<number> {
  switch (verb) {
    case undefined:
      await write(terminal.stderr, helpText());
      return 2;
    case "help":
    case "-h":
    case "--help":
      return help(words[0], environment, terminal);
    case "version":
    case "-v":
    case "-V":
    case "--version":
      return version(words, terminal);
    case "-H":
    case "--host":
      return onOtherServer(words, environment, terminal);
    default:
      return call(verb, words, environment, terminal);
  }
}

async function call(
  verb: string,
  words: readonly string[],
  environment: OctoEnvironment,
  terminal: Terminal,
): Promise<number> {
  const listed = findListed(verb);
  if (listed === null) {
    throw noSuchVerb(verb, await meantBy(verb));
  }
  const [command, { parse }] = await Promise.all([listed.load(), import("./parse.ts")]);
  const wish = parse(listed, command, words);
  if ("help" in wish) {
    await write(terminal.stdout, wish.help);
    return 0;
  }
  const { perform } = await import("./perform.ts");
  return perform({ verb, command, ...wish }, environment, terminal);
}

/** What is no verb, since git does it. */
const byGit: ReadonlySet<string> = new Set(["deploy", "push"]);

/** Of a word that is no verb: those below it, as `keys:list` is below `keys`, or else the nearest. */
async function meantBy(word: string): Promise<string | null> {
  if (byGit.has(word)) {
    return "git push goku main";
  }
  const verbs = listing.map(({ verb }) => verb);
  const below = verbs.filter((verb) => verb.startsWith(`${word}:`));
  if (below.length > 0) {
    return below.join(", ");
  }
  const { nearest } = await import("../nearest.ts");
  return word.startsWith("-") ? null : nearest(word, verbs);
}

async function help(
  verb: string | undefined,
  environment: OctoEnvironment,
  terminal: Terminal,
): Promise<number> {
  if (verb !== undefined && verb !== "--json") {
    return call(verb, ["--help"], environment, terminal);
  }
  await write(terminal.stdout, helpText());
  return 0;
}

async function version(words: readonly string[], { stdout }: Terminal): Promise<number> {
  const { gokuVersion } = await import("../system/version.ts");
  const answer = { version: gokuVersion() };
  const text = words.includes("--json") ? JSON.stringify(answer, null, 2) : answer.version;
  await write(stdout, `${text}\n`);
  return 0;
}

async function onOtherServer(
  [host, ...words]: readonly string[],
  { key }: OctoEnvironment,
  { stdin, stdout, stderr }: Terminal,
): Promise<number> {
  if (key !== null) {
    throw usage("A server does not go on to another one.", "Run octo -H on your own machine.");
  }
  if (host === undefined || words.length === 0) {
    throw usage("-H takes a host and a verb.", "For example: octo -H git@example.org:2222 status");
  }
  const [{ sshArguments, wantsTerminal }, { runInForeground }] = await Promise.all([
    import("./remote.ts"),
    import("../system/foreground.ts"),
  ]);
  const lent = stdin.isTTY === true && stdout.isTTY === true && wantsTerminal(words);
  const sent = sshArguments(host, words, lent);
  try {
    return await runInForeground("ssh", sent);
  } catch (error) {
    if (!hasErrno(error, "ENOENT")) {
      throw error;
    }
    await write(stderr, failureText(sshMissing(error)));
    return sshFailedStatus;
  }
}

function broken(error: unknown): GokuError {
  return new GokuError({
    code: "internal",
    message: `octo broke: ${messageOf(error)}.`,
    hint: "This is a bug of Goku's, and worth a report with the command that showed it.",
    cause: error,
  });
}
