import { spawn } from "node:child_process";
import type { Ended } from "./exec.ts";
import type { TestHost } from "./test-host.ts";

/** A program that runs, and what it has printed so far. */
export interface UnderWay {
  /** Resolves when its output has the pattern; rejects when it ends without. */
  saw(pattern: RegExp): Promise<void>;
  readonly ended: Promise<Ended>;
}

/** Pushes what is committed, and can be watched meanwhile. */
export function startPush(host: TestHost, repository: string, branch = "main"): UnderWay {
  const args = ["push", host.sshUrl(repository), branch];
  return start("git", args, host.work(repository), host.gitEnv);
}

function start(
  file: string,
  args: readonly string[],
  cwd: string,
  env: Readonly<Record<string, string>>,
): UnderWay {
  const child = spawn(file, [...args], { cwd, env: { ...env }, stdio: ["ignore", "pipe", "pipe"] });
  let stdout = "";
  let stderr = "";
  const looks = new Set<() => void>();
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    stdout += text;
  });
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    stderr += text;
    looks.forEach((look) => look());
  });
  const ended = new Promise<Ended>((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (status) => resolve({ status, stdout, stderr }));
  });
  return {
    ended,
    saw: (pattern) =>
      new Promise((resolve, reject) => {
        const look = () => {
          if (pattern.test(stderr)) {
            looks.delete(look);
            resolve();
          }
        };
        looks.add(look);
        look();
        void ended.then(() => reject(new Error(`it ended without ${pattern}:\n${stderr}`)));
      }),
  };
}
