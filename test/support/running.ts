import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { waitFor } from "../../src/system/wait.ts";
import type { Ended, ExecOptions } from "./exec.ts";
import type { TestHost } from "./test-host.ts";

/** A program that the test looks at while it runs. */
export interface Running {
  /** What it wrote so far, to both outputs. */
  readonly text: string;
  /** Resolves when the text matches. @throws what it wrote instead, when it ends without or takes too long */
  saying(pattern: RegExp): Promise<void>;
  readonly ended: Promise<Ended>;
  /** Signals it and all it started. */
  kill(signal?: NodeJS.Signals): void;
}

const timeoutMs = 60_000;

export function run(file: string, args: readonly string[], options: ExecOptions = {}): Running {
  const child = spawn(file, [...args], {
    cwd: options.cwd,
    env: { ...options.env },
    stdio: ["ignore", "pipe", "pipe"],
    detached: true,
  });
  const out = { text: "", stdout: "", stderr: "" };
  for (const name of ["stdout", "stderr"] as const) {
    child[name].setEncoding("utf8").on("data", (text: string) => {
      out.text += text;
      out[name] += text;
    });
  }
  let over = false;
  const ended = once(child, "close").then(([status]: (number | null)[]) => {
    over = true;
    return { status: status ?? null, stdout: out.stdout, stderr: out.stderr };
  });
  return {
    get text() {
      return out.text;
    },
    async saying(pattern) {
      const look = async () => (pattern.test(out.text) ? true : over ? false : null);
      const said = await waitFor(look, { timeoutMs, maxIntervalMs: 20 });
      if (said !== true && !pattern.test(out.text)) {
        throw new Error(`${file} ${args.join(" ")} did not say ${String(pattern)}:\n${out.text}`);
      }
    },
    ended,
    kill(signal = "SIGKILL") {
      if (child.pid !== undefined && !over) {
        process.kill(-child.pid, signal);
      }
    },
  };
}

export function runOcto(host: TestHost, ...args: string[]): Running {
  return run(join(host.data, "bin/octo"), args, { env: host.env });
}

/** A push over SSH of what is committed. */
export function runPush(host: TestHost, repository: string, branch = "main"): Running {
  const args = ["push", host.sshUrl(repository), branch];
  return run("git", args, { cwd: host.work(repository), env: host.gitEnv });
}
