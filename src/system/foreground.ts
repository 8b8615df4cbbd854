import { spawn } from "node:child_process";
import { constants } from "node:os";

/**
 * Runs a program with this process's own standard streams, to its end.
 * @returns its exit status; 128 and the signal's number where a signal ended it, as shells have it
 */
export async function runInForeground(file: string, args: readonly string[]): Promise<number> {
  const child = spawn(file, [...args], { stdio: "inherit" });
  // Ctrl-C reaches the whole group: the child decides what it means.
  const ignore = () => undefined;
  process.on("SIGINT", ignore);
  try {
    return await new Promise((resolve, reject) => {
      child.once("error", reject);
      child.once("exit", (status, signal) =>
        resolve(status ?? 128 + (signal === null ? 0 : constants.signals[signal])),
      );
    });
  } finally {
    process.off("SIGINT", ignore);
  }
}
