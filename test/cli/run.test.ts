import { text } from "node:stream/consumers";
import { describe, expect, it } from "vitest";
import type { Engine } from "../../src/ports.ts";
import { addApp, testControl } from "../web/test-control.ts";
import { runOcto } from "./run-octo.ts";

describe("run", () => {
  const upperCase: Partial<Engine> = {
    async run(_spec, command, { stdin, stdout, stderr }) {
      stderr.write(`${command.join("|")}\n`);
      stdout.write((stdin === null ? "" : await text(stdin)).toUpperCase());
      return 42;
    },
  };

  it("passes standard streams and the exit status through", async () => {
    const host = await testControl({ engine: upperCase });
    addApp(host, "blog");
    const input = "a🚀\n".repeat(50_000);
    const ended = await runOcto(["run", "blog", "--", "tr", "a b", "-c"], { ...host, input });
    expect(ended).toMatchObject({ status: 42, stderr: "tr|a b|-c\n" });
    expect(ended.stdout).toBe(input.toUpperCase());
  });

  it("loses nothing of a command that ends while the client still reads", async () => {
    const large = Buffer.alloc(20_000_000, "x");
    const host = await testControl({
      engine: {
        async run(_spec, _command, { stdout }) {
          for (let at = 0; at < large.length; at += 65_536) {
            stdout.write(large.subarray(at, at + 65_536));
          }
          return 0;
        },
      },
    });
    addApp(host, "blog");
    const ended = await runOcto(["run", "blog", "yes"], host);
    expect(ended.stdout.length).toBe(large.length);
  });

  it("with --json keeps standard output for the document", async () => {
    const host = await testControl({ engine: upperCase });
    addApp(host, "blog");
    const ended = await runOcto(["run", "--json", "blog", "x"], { ...host, input: "a" });
    expect(JSON.parse(ended.stdout)).toEqual({ exitStatus: 42 });
    expect(ended.stderr).toBe("x\nA");
  });

  it("of an app that is not there ends, however much input is to come", async () => {
    const host = await testControl();
    const input = Buffer.alloc(20_000_000);
    const ended = await runOcto(["run", "blog", "cat"], { ...host, input });
    expect(ended).toMatchObject({
      status: 1,
      stderr: expect.stringContaining('There is no app "blog".'),
    });
  });
});
