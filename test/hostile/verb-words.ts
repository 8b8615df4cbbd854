import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { once } from "node:events";
import { text } from "node:stream/consumers";
import { listing } from "../../src/cli/listing.ts";
import { runOcto } from "../cli/run-octo.ts";
import { quickFolder } from "../support/quick-folder.ts";

/** What stands for an operand of a verb about `app`. An operand with another name needs a line here. */
const operandWords: Readonly<Record<string, (app: string) => string[]>> = {
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

/** The words after `octo` or `ssh git@host`, for every verb there is. */
export function wordsOf(verb: string, operands: string, app: string): string[] {
  const words = operands.split(" ").filter(Boolean);
  return [
    verb,
    ...words.flatMap((operand) => {
      const make = operandWords[operand];
      if (make === undefined) {
        throw new Error(`${verb} has an operand that these tests do not know: ${operand}`);
      }
      return make(app);
    }),
  ];
}

/** One call of the API, as octo makes it. */
export interface Recorded {
  readonly verb: string;
  /** The operands name an app. */
  readonly namesApp: boolean;
  /** That app may be left out, for all of them. */
  readonly mayNameNone: boolean;
  readonly path: string;
  readonly type: string;
  readonly body: string;
}

/** What standard input holds for verbs that read it: a key that nobody has. */
const freshKey = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhscHR4f";

/** Runs octo with each verb, and keeps what it would have sent. */
export async function recordVerbs(app: string): Promise<Recorded[]> {
  const data = quickFolder("goku-recorder-");
  const seen: Recorded[] = [];
  let current = { verb: "", operands: "" };
  const record = async (request: IncomingMessage, response: ServerResponse) => {
    const body = await text(request);
    seen.push({
      verb: current.verb,
      namesApp: current.operands.includes("app"),
      mayNameNone: current.operands === "[app]",
      path: request.url ?? "",
      type: request.headers["content-type"] ?? "",
      body,
    });
    response.end('{"error":{"code":"refused","message":"recorded","hint":null,"details":[]}}\n');
  };
  const server = createServer((request, response) => void record(request, response));
  server.listen(join(data, "goku.sock"));
  await once(server, "listening");
  try {
    for (const { verb, operands } of listing) {
      current = { verb, operands };
      const before = seen.length;
      const ended = await runOcto(wordsOf(verb, operands, app), { data, input: `${freshKey}\n` });
      if (seen.length !== before + 1) {
        throw new Error(`octo ${verb} sent ${seen.length - before} calls: ${ended.stderr}`);
      }
    }
  } finally {
    server.close();
    await rm(data, { recursive: true });
  }
  return seen;
}
