import { type GokuError, messageOf, nginxFailed } from "../../errors.ts";
import { CommandFailed, type CommandResult, run } from "../../system/process.ts";
import { systemPath } from "../../system/system-path.ts";

/** How nginx is called. */
export interface Nginx {
  readonly binary: string;
  /** Configuration file (-c). */
  readonly main: string;
  /** Prefix (-p). */
  readonly prefix: string;
}

/** nginx keeps its environment for as long as it runs: nothing of Goku's belongs there. */
const environment = { PATH: systemPath };

/** Generous: reading thousands of vhosts on a busy machine takes seconds. */
const timeoutMs = 60_000;

/** @throws nginxFailed where it cannot be run at all */
export async function runNginx(nginx: Nginx, ...args: string[]): Promise<CommandResult> {
  try {
    return await run({
      file: nginx.binary,
      args: ["-c", nginx.main, "-p", nginx.prefix, ...args],
      env: environment,
      timeoutMs,
    });
  } catch (error) {
    const cause = error instanceof CommandFailed ? (error.cause ?? error) : error;
    throw nginxFailed(`nginx cannot be run: ${messageOf(cause)}.`, [], error);
  }
}

/**
 * Asks nginx whether it would take this configuration.
 * @returns what it wrote where it would not, null where it would
 */
export async function complaint(nginx: Nginx): Promise<string | null> {
  const { exitCode, stderr } = await runNginx(nginx, "-t", "-q");
  return exitCode === 0 ? null : stderr;
}

/**
 * The sentence that says why, out of what nginx wrote, with the name of a file that is Goku's own matter taken out.
 * Pure.
 */
export function sentence(stderr: string, file: string): string {
  const line = /\[emerg\] (?:\d+#\d+: )?(.*)$/m.exec(stderr)?.[1] ?? stderr.trim();
  return line.replaceAll(` in ${file}:`, " in line ").replaceAll(` in ${file}`, "");
}

/** A vhost of the app that nginx does not take, with what nginx wrote of it. */
export function notAccepted(app: string, stderr: string, file: string): GokuError {
  return nginxFailed(`nginx does not accept the route of ${app}: ${sentence(stderr, file)}.`);
}
