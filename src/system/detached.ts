import { spawn } from "node:child_process";
import { once } from "node:events";
import { takeTurns } from "./priority.ts";

export interface DetachedCommand {
  readonly file: string;
  readonly args: readonly string[];
  readonly env: NodeJS.ProcessEnv;
}

/** A process that goes on when this one ends. */
export interface Detached {
  readonly pid: number;
  exited(): boolean;
}

/** Starts a program in a session of its own, without standard streams. @throws where it cannot be started */
export async function startDetached(command: DetachedCommand): Promise<Detached> {
  const child = spawn(command.file, [...command.args], {
    env: command.env,
    detached: true,
    stdio: "ignore",
  });
  takeTurns(child);
  await once(child, "spawn");
  child.unref();
  return {
    pid: child.pid ?? 0,
    exited: () => child.exitCode !== null || child.signalCode !== null,
  };
}
