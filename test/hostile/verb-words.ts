import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { once } from "node:events";
import { text } from "node:stream/consumers";
import { type Listed, listing } from "../../src/cli/listing.ts";
import { runOcto } from "../cli/run-octo.ts";
import { quickFolder } from "../support/quick-folder.ts";

type Words = (app: string) => readonly string[];

/** What stands for an operand of a verb about `app`. An operand with another name needs a line here. */
const operandWords: Readonly<Record<string, Words>> = {
  "<app>": (app) => [app],
  "[app]": (app) => [app],
  "<app[=count]>": (app) => [`${app}=2`],
  "<app/KEY>": (app) => [`${app}/KEY`],
  "<app/KEY=value...>": (app) => [`${app}/KEY=value`],
  "<app/KEY...>": (app) => [`${app}/KEY`],
  "[version]": () => ["1"],
  "[service]": () => ["web"],
  "[service=count...]": () => ["web=2"],
  "[command...]": () => ["id"],
  "<domain...>": () => ["taken.example"],
  "<kind...>": () => ["devices"],
  "<name>": () => ["blogger"],
};

/** What follows the operands of a verb about `app` for an option, by its flags. Another option needs a line here. */
const optionWords: Readonly<Record<string, Words>> = {
  "-f, --follow": () => ["-f"],
  "--since <time>": () => ["--since", "10m"],
  "--tail <lines>": () => ["--tail", "5"],
  "--build [version]": () => ["--build", "1"],
  "--access": () => ["--access"],
  "--no-restart": () => ["--no-restart"],
  "--limit <count>": () => ["--limit", "5"],
  "--force": () => ["--force"],
  "--dry-run": () => ["--dry-run"],
  "--admin": () => ["--admin"],
  "--app <pattern...>": (app) => ["--app", app],
  "--read <pattern...>": (app) => ["--read", app],
};

/** One way to use a verb: what stands after `octo` or `ssh git@host`, and the call of the API that octo makes of it. */
export interface Recorded {
  readonly verb: string;
  readonly words: readonly string[];
  readonly path: string;
  readonly type: string;
  readonly body: string;
}

/** What standard input holds for verbs that read it: a key that nobody has. */
export const freshKey =
  "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhscHR4f";

/** Runs octo with each verb about the app, plain and with each of its options, and keeps what it would have sent. */
export async function recordVerbs(app: string): Promise<Recorded[]> {
  const data = quickFolder("goku-recorder-");
  const sent: Omit<Recorded, "verb" | "words">[] = [];
  const record = async (request: IncomingMessage, response: ServerResponse) => {
    const { url: path = "", headers } = request;
    sent.push({ path, type: headers["content-type"] ?? "", body: await text(request) });
    response.end('{"error":{"code":"refused","message":"recorded","hint":null,"details":[]}}\n');
  };
  const server = createServer((request, response) => void record(request, response));
  server.listen(join(data, "goku.sock"));
  await once(server, "listening");
  const seen: Recorded[] = [];
  try {
    for (const listed of listing) {
      for (const words of await usesOf(listed, app)) {
        const ended = await runOcto(words, { data, input: `${freshKey}\n` });
        const [call, ...more] = sent.splice(0);
        if (call === undefined || more.length > 0) {
          throw new Error(`octo ${words.join(" ")} made no one call: ${ended.stderr}`);
        }
        seen.push({ verb: listed.verb, words, ...call });
      }
    }
  } finally {
    server.close();
    await rm(data, { recursive: true });
  }
  return seen;
}

/** With all operands; and with each option, without operands that may be left out and name no app. */
async function usesOf({ verb, operands, load }: Listed, app: string): Promise<string[][]> {
  const names = operands.split(" ").filter(Boolean);
  const needed = names.filter((name) => name.startsWith("<") || name === "[app]");
  const use = (some: readonly string[], options: readonly string[]) => [
    verb,
    ...some.flatMap((name) => wordsFor(operandWords, verb, name)(app)),
    ...options.flatMap((flags) => wordsFor(optionWords, verb, flags)(app)),
  ];
  const { options = [] } = await load();
  return [use(names, []), ...options.map(([flags]) => use(needed, [flags]))];
}

function wordsFor(known: Readonly<Record<string, Words>>, verb: string, name: string): Words {
  const words = known[name];
  if (words === undefined) {
    throw new Error(`${verb} has an operand or option that these tests do not know: ${name}`);
  }
  return words;
}
