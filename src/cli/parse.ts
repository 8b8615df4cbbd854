import { Command as Parser, CommanderError } from "commander";
import { usage } from "../errors.ts";
import { lines } from "./columns.ts";
import type { Command, Input, Options } from "./command.ts";
import type { Listed } from "./listing.ts";

/** What somebody wants of a verb: an answer, or only to read about it. */
export type Wish =
  | { readonly help: string }
  | {
      readonly json: boolean;
      /** Of standard input where the verb needs it. */
      readonly input: Input | ((standardInput: string) => Input);
    };

/** Takes the words after the verb apart. @throws usage, with the usage line as the hint */
export function parse(listed: Listed, command: Command, words: readonly string[]): Wish {
  const parser = parserOf(listed, command);
  try {
    parser.parse([...words], { from: "user" });
    const options: Options = parser.opts();
    return { json: options["json"] === true, input: command.parse(parser.args, options) };
  } catch (error) {
    if (!(error instanceof CommanderError)) {
      throw error;
    }
    if (error.exitCode === 0) {
      return { help: helpOf(parser, command) };
    }
    const said = error.message.replace(/^error: /, "");
    throw usage(
      `${said.charAt(0).toUpperCase()}${said.slice(1)}.`.replace(/\.\.$/, "."),
      `${usageOf(listed)}. More about it: octo ${listed.verb} --help`,
    );
  }
}

function usageOf({ verb, operands }: Pick<Listed, "verb" | "operands">): string {
  return `Usage: octo ${verb}${operands === "" ? "" : ` ${operands}`}`;
}

function parserOf(listed: Listed, command: Command): Parser {
  const parser = new Parser(`octo ${listed.verb}`)
    .description(listed.summary)
    .exitOverride()
    .configureOutput({ writeOut: () => undefined, writeErr: () => undefined });
  if (listed.operands !== "") {
    parser.arguments(listed.operands);
  }
  for (const [flags, meaning] of command.options ?? []) {
    parser.option(flags, meaning);
  }
  return parser
    .option("--json", "print the answer as one JSON document")
    .allowUnknownOption(command.anyWord ?? false)
    .passThroughOptions(command.passThrough ?? false);
}

function helpOf(parser: Parser, command: Command): string {
  const examples = command.example.split("\n").map((example) => `  $ ${example}`);
  return `${parser.helpInformation()}\nExamples:\n${lines(examples)}`;
}
