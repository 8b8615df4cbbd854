import { spawn } from "node:child_process";

export interface Ended {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface ExecOptions {
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly input?: string;
}

/** @throws where it did not end with status 0 */
export async function must(ending: Promise<Ended>): Promise<Ended> {
  const ended = await ending;
  if (ended.status !== 0) {
    throw new Error(`ended with ${ended.status}:\n${ended.stdout}${ended.stderr}`);
  }
  return ended;
}

/** Runs a program to its end; a non-zero status is an answer. */
export function exec(
  file: string,
  args: readonly string[],
  options: ExecOptions = {},
): Promise<Ended> {
  return new Promise((resolve, reject) => {
    const child = spawn(file, [...args], {
      cwd: options.cwd,
      env: options.env === undefined ? process.env : { ...options.env },
      stdio: ["pipe", "pipe", "pipe"],
    });
    let stdout = "";
    let stderr = "";
    child.stdout.setEncoding("utf8").on("data", (text: string) => {
      stdout += text;
    });
    child.stderr.setEncoding("utf8").on("data", (text: string) => {
      stderr += text;
    });
    child.once("error", reject);
    child.once("close", (status) => resolve({ status, stdout, stderr }));
    // A program may end before it has read its input.
    child.stdin.on("error", () => undefined);
    child.stdin.end(options.input ?? "");
  });
}
