import { once } from "node:events";
import { describe, expect, it } from "vitest";
import { joinWords } from "../../src/cli/shell-words.ts";
import type { Engine } from "../../src/ports.ts";
import { deferred } from "../../src/system/deferred.ts";
import { isTerminal } from "../../src/system/terminal.ts";
import { addApp, testControl } from "../web/test-control.ts";
import { eventually, inTerminal } from "../support/in-terminal.ts";
import { program } from "../support/program.ts";
import { beginning, interruptible } from "./interruptible.ts";

/* `octo run` as people type it: in a terminal, which `script` makes. */

/** A line of a shell in a terminal of the server. */
async function onServer(line: string, engine: Partial<Engine>) {
  const host = await testControl({ engine });
  addApp(host, "blog");
  const env = { PATH: process.env["PATH"] ?? "", GOKU_DATA: host.data };
  return inTerminal(line.replaceAll("octo", joinWords(program("octo"))), env);
}

describe("run in a terminal", () => {
  it("gives the command each key, Ctrl-C too, and the terminal back afterwards", async () => {
    const { began, engine, given } = interruptible();
    const terminal = await onServer(
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
    const terminal = await onServer("octo run blog -- sh", engine);
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
    const terminal = await onServer(`octo run blog -- sh; echo "status $?"`, {
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
    const terminal = await onServer(line, engine);

    expect(isTerminal((await began.promise).stdout)).toBe(false);
    terminal.type("\u0003");
    await terminal.ended;
  });
});
