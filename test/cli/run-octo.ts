import { Readable } from "node:stream";
import { octo } from "../../src/cli/octo.ts";
import { collector } from "../support/collector.ts";

export interface OctoOptions {
  readonly data?: string;
  readonly input?: string | Buffer;
  /** As the forced command of this SSH key. */
  readonly key?: string;
  readonly sshCommand?: string;
}

export interface OctoEnded {
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** `octo` in this process. */
export async function runOcto(
  argv: readonly string[],
  options: OctoOptions = {},
): Promise<OctoEnded> {
  const [stdout, stderr] = [collector(), collector()];
  const { data = "/nonexistent", input = "", key = null, sshCommand = "" } = options;
  const status = await octo(
    argv,
    { data, key, sshCommand, plain: false },
    { stdin: Readable.from([Buffer.from(input)]), stdout: stdout.stream, stderr: stderr.stream },
  );
  return { status, stdout: stdout.text(), stderr: stderr.text() };
}
