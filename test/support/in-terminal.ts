import { spawn } from "node:child_process";
import { once } from "node:events";
import { expect, onTestFinished } from "vitest";
import { waitFor } from "../../src/system/wait.ts";
import { exec } from "./exec.ts";

/** A shell script in a terminal of 100 by 40 characters, which `script` makes. */
export function inTerminal(line: string, env: Readonly<Record<string, string>>) {
  const child = spawn("script", ["-qfec", `stty rows 40 cols 100; tty; ${line}`, "/dev/null"], {
    env: { ...env, SHELL: "/bin/sh" },
  });
  onTestFinished(() => void child.kill());
  let text = "";
  child.stdout.setEncoding("utf8").on("data", (piece: string) => (text += piece));
  const ended = once(child, "close");
  /** Of the terminal that the line sees. */
  const stty = (...args: string[]) =>
    exec("stty", ["-F", /\/dev\/pts\/\d+/.exec(text)?.[0] ?? "", ...args]);
  return {
    text: () => text,
    shows: (wanted: string) =>
      eventually(
        wanted,
        () => text.includes(wanted),
        () => text,
      ),
    type: (keys: string) => child.stdin.write(keys),
    ended,
    /** Closes the window. */
    close: () => child.kill("SIGKILL"),
    isRaw: async () => /-icanon[^]*-opost|-opost[^]*-icanon/.test((await stty("-a")).stdout),
    /** As if the window had been dragged. */
    resize: (rows: number, columns: number) => stty("rows", String(rows), "cols", String(columns)),
  };
}

export async function eventually(
  what: string,
  look: () => boolean | Promise<boolean>,
  context = () => "",
): Promise<void> {
  const seen = await waitFor(async () => ((await look()) ? true : null), { timeoutMs: 60_000 });
  expect(seen, `${what} ${JSON.stringify(context())}`).toBe(true);
}
