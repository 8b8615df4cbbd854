/** Of one call of the API: what it is given. */
export type Input = Readonly<Record<string, unknown>>;

/** Options as the parser found them, by their long names in camelCase. */
export type Options = Readonly<Record<string, unknown>>;

/** How a verb reads its words and shows its answer; it neither calls nor prints. */
export interface CommandDefinition<Result> {
  /** Shown by `--help`. */
  readonly example: string;
  /** Beside `--json`: flags as in `-f, --follow` or `--tail <lines>`, and what they mean. */
  readonly options?: readonly (readonly [flags: string, meaning: string])[];
  /** Words that look like options and are none may be values. */
  readonly anyWord?: true;
  /** Everything after the first operand belongs to somebody else. */
  readonly passThrough?: true;
  /** Standard input goes along as it comes. */
  readonly streams?: true;
  /** Where octo's own input and output are a terminal, so are the command's. */
  readonly lendsTerminal?: true;
  /** The lines are worth saying and no part of the answer: they go to standard error. */
  readonly linesAreNotes?: true;
  /** The lines are what was asked for, so that `--json` has them on standard output, as this document. */
  readonly document?: (lines: readonly string[]) => unknown;
  /** For this input the lines are JSON documents, and with `--json` printed as they come instead of one at the end. */
  readonly linesAreDocuments?: (input: Input) => boolean;
  /** @returns the input, or how to make it of standard input. @throws usage */
  parse(operands: readonly string[], options: Options): Input | ((standardInput: string) => Input);
  /** For standard output, line breaks included. */
  print(result: Result, view: View): string;
  /** For standard error: what is worth saying and no part of the answer. */
  note?(result: Result): string;
  exitStatus?(result: Result): number;
}

export interface View {
  readonly color: boolean;
}

/** A verb whose answer is yet to come. */
export type Command = CommandDefinition<unknown>;

/** The daemon's answers have the types of src/web/answers.ts: octo and the daemon are one version of one package. */
export function command<Result>(definition: CommandDefinition<Result>): Command {
  return definition;
}
