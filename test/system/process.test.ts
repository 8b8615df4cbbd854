import { Readable } from "node:stream";
import { describe, expect, it } from "vitest";
import { CommandFailed, run, runOrThrow } from "../../src/system/process.ts";

const bounded = { timeoutMs: 30_000 };

describe("running a command", () => {
  it("gives its exit status and both outputs", async () => {
    const script = "echo out; echo err >&2; exit 3";
    const result = await run({ file: "sh", args: ["-c", script], ...bounded });
    expect(result).toMatchObject({ exitCode: 3, stdout: "out\n", stderr: "err\n" });
  });

  it("tells lines as they come, the last one without a line break too", async () => {
    const lines: string[] = [];
    const onLine = (line: string) => lines.push(line);
    await run({ file: "printf", args: ["a\\nb"], ...bounded, onLine });
    expect(lines).toEqual(["a", "b"]);
  });

  it("tells a line without an end in parts", async () => {
    const lines: string[] = [];
    const onLine = (line: string) => lines.push(line);
    const script = "head -c 2000000 /dev/zero | tr '\\0' x";
    await run({ file: "sh", args: ["-c", script], ...bounded, onLine });
    expect(lines.join("")).toBe("x".repeat(2_000_000));
    expect(Math.max(...lines.map(({ length }) => length))).toBeLessThan(512 * 1024);
  });

  it("feeds it text, or a stream", async () => {
    const cat = { file: "cat", args: [], ...bounded };
    expect((await run({ ...cat, input: "text" })).stdout).toBe("text");
    const stream = Readable.from([Buffer.from("in "), Buffer.from("parts")]);
    expect((await run({ ...cat, input: stream })).stdout).toBe("in parts");
  });

  it("fails when its input breaks off", async () => {
    const broken = new Readable({ read: () => undefined });
    const running = run({ file: "cat", args: [], ...bounded, input: broken });
    broken.destroy(new Error("gone"));
    await expect(running).rejects.toThrow("cat lost its input: gone");
  });

  it("does not mind a command that leaves its input unread", async () => {
    const input = "x".repeat(1024 * 1024);
    expect((await run({ file: "true", args: [], ...bounded, input })).exitCode).toBe(0);
  });

  it("ends the children of what takes too long", async () => {
    const began = performance.now();
    const command = { file: "sh", args: ["-c", "sleep 60 & wait"], timeoutMs: 100 };
    await expect(run(command)).rejects.toThrow("sh took longer than 100 ms");
    expect(performance.now() - began).toBeLessThan(30_000);
  });

  it("ends it when it is cancelled, even before it began", async () => {
    const signal = AbortSignal.abort();
    const running = run({ file: "sleep", args: ["60"], ...bounded, signal });
    await expect(running).rejects.toBeInstanceOf(CommandFailed);
  });

  it("says what could not be started", async () => {
    const running = run({ file: "no-such-program", args: [], ...bounded });
    await expect(running).rejects.toThrow("no-such-program could not be run");
  });

  it("makes a failure of a status other than 0 where that is asked for", async () => {
    const command = { file: "sh", args: ["-c", "echo why >&2; exit 2"], ...bounded };
    await expect(runOrThrow(command)).rejects.toThrow("sh ended with exit status 2: why");
  });
});
