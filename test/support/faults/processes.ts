import type { ChildProcess } from "node:child_process";
import { EventEmitter } from "node:events";
import { createRequire } from "node:module";
import { commandLabel } from "./label.ts";
import type { Passing } from "./passing.ts";
import { replace } from "./replace.ts";

type Enter = (label: () => string) => Passing;

/** Programs that are started, and signals that are sent. */
export function watchProcesses(enter: Enter): void {
  const childProcess: object = createRequire(import.meta.url)("node:child_process");
  replace(childProcess, "spawn", (call, args) => {
    const words = Array.isArray(args[1]) ? args[1].map(String) : [];
    const passing = enter(() => `spawn ${commandLabel(String(args[0]), words)}`);
    passing.pass("before");
    const child = call();
    passing.pass("during");
    if (child instanceof EventEmitter) {
      tellOf(child, "exit", () => passing.pass("after"));
    }
    return child;
  });
  replace(process, "kill", (call, args) => {
    if (args[0] === process.pid || args[1] === 0) {
      return call();
    }
    const passing = enter(() => `signal ${String(args[1])}`);
    passing.pass("before");
    const result = call();
    passing.pass("after");
    return result;
  });
}

/** Calls `tell` before anybody hears of the event. */
export function tellOf(
  emitter: EventEmitter | ChildProcess,
  event: string,
  tell: () => void,
): void {
  replace(emitter, "emit", (call, [name]) => {
    if (name === event) {
      tell();
    }
    return call();
  });
}
