import type { Engine, RunIo } from "../../src/ports.ts";
import { type Deferred, deferred } from "../../src/system/deferred.ts";
import { isTerminal } from "../../src/system/terminal.ts";

/** Something to run that ends, with 7, when it is given Ctrl-C, and shows the rest of what it is given in capitals. */
export function interruptible() {
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

export async function beginning(began: Deferred<RunIo>) {
  const { stdout } = await began.promise;
  if (!isTerminal(stdout)) {
    throw new Error("the command has no terminal");
  }
  return stdout;
}
