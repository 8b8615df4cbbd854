import type Docker from "dockerode";
import type { HealthcheckResult } from "../../ports.ts";
import { answered } from "../client/docker.ts";
import { frames } from "../client/frames.ts";

const mostOutput = 4096;
/** What Docker itself reports for a test that gave no answer. */
const noExitCode = -1;

interface ImageConfig {
  readonly Healthcheck?: { readonly Test?: readonly string[] };
  /** Other than the usual one, by SHELL in the Dockerfile. */
  readonly Shell?: readonly string[] | null;
}

/** The argv of an image's HEALTHCHECK; null when it has none. */
export function healthcheckCommand(
  test: readonly string[] | undefined,
  shell: readonly string[],
): string[] | null {
  const [form, ...words] = test ?? [];
  if (form === "CMD") {
    return words;
  }
  if (form === "CMD-SHELL") {
    return [...(shell.length > 0 ? shell : ["/bin/sh", "-c"]), ...words];
  }
  return null;
}

/** Runs the test as Docker would: in the container, as its user, in its working directory. */
export async function runHealthcheck(
  docker: Docker,
  id: string,
  timeoutMs: number,
): Promise<HealthcheckResult> {
  const signal = AbortSignal.timeout(timeoutMs);
  try {
    const container = docker.getContainer(id);
    const { Config } = await container.inspect({ abortSignal: signal });
    const { Healthcheck, Shell }: ImageConfig = Config;
    const command = healthcheckCommand(Healthcheck?.Test, Shell ?? []);
    return command === null
      ? { exitCode: 0, output: "the image has no HEALTHCHECK" }
      : await execute(docker, id, command, signal);
  } catch (error) {
    if (signal.aborted) {
      return { exitCode: noExitCode, output: `no answer within ${timeoutMs} ms` };
    }
    if (answered(error, 404, 409)) {
      return { exitCode: noExitCode, output: "it is not running" };
    }
    throw error;
  }
}

async function execute(
  docker: Docker,
  id: string,
  command: string[],
  signal: AbortSignal,
): Promise<HealthcheckResult> {
  const exec = await docker.getContainer(id).exec({
    Cmd: command,
    AttachStdout: true,
    AttachStderr: true,
    abortSignal: signal,
  });
  const stream = await exec.start({ abortSignal: signal });
  let output = Buffer.alloc(0);
  for await (const { bytes } of frames(stream, signal)) {
    output = Buffer.concat([output, bytes.subarray(0, mostOutput - output.length)]);
  }
  const { ExitCode } = await exec.inspect({ abortSignal: signal });
  return { exitCode: ExitCode ?? noExitCode, output: output.toString("utf8") };
}
