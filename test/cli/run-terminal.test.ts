import { spawn } from "node:child_process";
import { once } from "node:events";
import { join, resolve } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { joinWords } from "../../src/cli/shell-words.ts";
import type { Engine, RunIo } from "../../src/ports.ts";
import { type Deferred, deferred } from "../../src/system/deferred.ts";
import { isTerminal } from "../../src/system/terminal.ts";
import { waitFor } from "../../src/system/wait.ts";
import { exec } from "../support/exec.ts";
import { addApp, testControl } from "../web/test-control.ts";

/* `octo run` as people type it: in a terminal, which `script` makes. */

const root = resolve(import.meta.dirname, "../..");
const octo = joinWords([process.execPath, "--import", "tsx", join(root, "src/bin/octo.ts")]);

/** Something to run that ends, with 7, when it is given Ctrl-C, and shows the rest of what it is given in capitals. */
function interruptible() {
  const began = deferred<RunIo>();
  let given = "";
  const engine: Partial<Engine> = {
    async run(_spec, _command, io) {
      began.resolve(io);
      io.stdout.write("");
      for await (const chunk of io.stdin ?? []) {
        given += String(chunk);
        io.stdout.write(String(chunk).toUpperCase());
        if (given.includes("\u0003")) {
          return 7;
        }
      }
      return 0;
    },
  };
  return { began, engine, given: () => given };
}

/** A shell script in a terminal of 100 by 40 characters. */
async function inTerminal(line: string, engine: Partial<Engine>) {
  const host = await testControl({ engine });
  addApp(host, "blog");
  const child = spawn(
    "script",
    ["-qfec", `stty rows 40 cols 100; tty; ${line.replaceAll("octo", octo)}`, "/dev/null"],
    { cwd: root, env: { PATH: process.env["PATH"], SHELL: "/bin/sh", GOKU_DATA: host.data } },
  );
  onTestFinished(() => void child.kill());
  let text = "";
  child.stdout.setEncoding("utf8").on("data", (piece: string) => (text += piece));
  const ended = once(child, "close");
  /** Of the terminal that octo sees. */
  const stty = (...args: string[]) =>
    exec("stty", ["-F", /\/dev\/pts\/\d+/.exec(text)?.[0] ?? "", ...args]);
  return {
    text: () => text,
    type: (keys: string) => child.stdin.write(keys),
    ended,
    isRaw: async () => /-icanon[^]*-opost|-opost[^]*-icanon/.test((await stty("-a")).stdout),
    /** As if the window had been dragged. */
    resize: (rows: number, columns: number) => stty("rows", String(rows), "cols", String(columns)),
  };
}

async function eventually(what: string, look: () => boolean | Promise<boolean>): Promise<void> {
  const seen = await waitFor(async () => ((await look()) ? true : null), { timeoutMs: 10_000 });
  expect(seen, what).toBe(true);
}

async function beginning(began: Deferred<RunIo>) {
  const { stdout } = await began.promise;
  if (!isTerminal(stdout)) {
    throw new Error("the command has no terminal");
  }
  return stdout;
}

describe("run in a terminal", () => {
  it("gives the command each key, Ctrl-C too, and the terminal back afterwards", async () => {
    const { began, engine, given } = interruptible();
    const terminal = await inTerminal(
      `octo run blog -- sh; echo "status $?"; stty -a | grep -oE -- '-?(icanon|opost)'`,
      engine,
    );
    expect(await beginning(began)).toMatchObject({ columns: 100, rows: 40 });

    await eventually("a raw terminal", terminal.isRaw);
    terminal.type("é\n\r.");
    await eventually("what the command made of it", () => terminal.text().includes("."));
    expect(given()).toBe("é\n\r.");
    expect(terminal.text()).toMatch(/^\/dev\/pts\/\d+\r\nÉ\n\r\.$/);
    terminal.type("\u0003");
    await terminal.ended;

    expect(terminal.text()).toMatch(/status 7\r\nopost\r\nicanon\r\n$/);
  });

  it("tells the command of each new size", async () => {
    const { began, engine } = interruptible();
    const terminal = await inTerminal("octo run blog -- sh", engine);
    const screen = await beginning(began);

    await terminal.resize(50, 120);

    // stty changes rows first and columns then.
    await eventually("the new size", () => screen.columns === 120 && screen.rows === 50);
    await eventually("a raw terminal", terminal.isRaw);
    terminal.type("\u0003");
    await terminal.ended;
  });

  it("leaves Ctrl-C to octo until the command runs", async () => {
    const began = deferred<AbortSignal>();
    const terminal = await inTerminal(`octo run blog -- sh; echo "status $?"`, {
      async run(_spec, _command, _io, signal) {
        began.resolve(signal);
        await once(signal, "abort");
        throw signal.reason;
      },
    });
    const signal = await began.promise;

    terminal.type("\u0003");
    await terminal.ended;

    expect(terminal.text()).not.toContain("status 0");
    await eventually("the command was let go", () => signal.aborted);
  });

  it.each([
    ["its output goes elsewhere", "octo run blog -- sh | cat"],
    ["its input comes from elsewhere", "echo hello | octo run blog -- sh"],
    ["--json is wanted", "echo hello | octo run --json blog -- sh"],
  ])("is not lent where %s", async (_what, line) => {
    const { began, engine } = interruptible();
    const terminal = await inTerminal(line, engine);

    expect(isTerminal((await began.promise).stdout)).toBe(false);
    terminal.type("\u0003");
    await terminal.ended;
  });
});
