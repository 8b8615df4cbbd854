import type { OctoEnvironment } from "../settings/octo.ts";
import type { Frame } from "../web/wire.ts";
import { callVerb } from "./client.ts";
import type { Command, Input } from "./command.ts";
import { lendTerminal } from "./raw-terminal.ts";
import { readText, type Terminal, write } from "./terminal.ts";

export interface Performing {
  readonly verb: string;
  readonly command: Command;
  readonly input: Input | ((standardInput: string) => Input);
  readonly json: boolean;
}

/** Calls the daemon and shows what it answers, as it comes. @returns the exit status */
export async function perform(
  { verb, command, input, json }: Performing,
  { data, key, plain }: OctoEnvironment,
  terminal: Terminal,
): Promise<number> {
  const { stdin, stdout, stderr } = terminal;
  const given = typeof input === "function" ? input(await readText(terminal)) : input;
  const eachLine = json && command.linesAreDocuments?.(given) === true;
  // With --json the output isn't on standard output.
  const lent = command.lendsTerminal === true && !json ? lendTerminal(terminal) : null;
  const collected: string[] = [];
  const onFrame = async (frame: Frame) => {
    if ("line" in frame && eachLine) {
      await write(stdout, `${frame.line}\n`);
    } else if ("line" in frame && json && command.document !== undefined) {
      collected.push(frame.line);
    } else if ("line" in frame) {
      await write(json || command.linesAreNotes === true ? stderr : stdout, `${frame.line}\n`);
    } else if ("out" in frame) {
      // Not before the command runs: until then Ctrl-C ends octo.
      await lent?.begin();
      await write(json ? stderr : stdout, Buffer.from(frame.out, "base64"));
    } else if ("err" in frame) {
      await write(stderr, Buffer.from(frame.err, "base64"));
    }
  };
  const result = await callVerb({
    data,
    key,
    verb,
    input: lent === null ? given : { ...given, terminal: lent.size },
    stdin: lent?.frames ?? (command.streams === true ? stdin : null),
    onFrame,
  }).finally(() => lent?.giveBack());
  if (json && !eachLine) {
    const document = command.document?.(collected) ?? result;
    await write(stdout, `${JSON.stringify(document, null, 2)}\n`);
  } else if (!json) {
    const color = stdout.isTTY === true && !plain;
    await write(stdout, command.print(result, { color }));
    await write(stderr, command.note?.(result) ?? "");
  }
  return command.exitStatus?.(result) ?? 0;
}
