import { PassThrough } from "node:stream";
import { buffer } from "node:stream/consumers";
import { describe, expect, it } from "vitest";
import { isTerminal } from "../../src/system/terminal.ts";
import { terminalIo } from "../../src/web/terminal-io.ts";
import { encodeInputFrame, inputThenStdinType } from "../../src/web/wire.ts";
import { askApi } from "./ask-api.ts";
import { addApp, testControl } from "./test-control.ts";

/** The streams of a terminal whose client sends these lines. */
function terminalThatSends(...lines: string[]) {
  const stdin = new PassThrough();
  stdin.end(lines.join(""));
  const io = terminalIo(
    { stdin, stdout: new PassThrough(), stderr: new PassThrough() },
    { columns: 100, rows: 40 },
  );
  if (io.stdin === null || !isTerminal(io.stdout)) {
    throw new Error("no terminal");
  }
  return { keys: io.stdin, screen: io.stdout };
}

describe("a client's terminal", () => {
  it("is its keys as they were typed, bytes that are no text too", async () => {
    const bytes = Buffer.from([0, 3, 0x1b, 0xff, 0xc3]);
    const frames = [bytes, Buffer.from("ls\n")].map((key) =>
      encodeInputFrame({ in: key.toString("base64") }),
    );
    const { keys } = terminalThatSends(...frames);
    expect(await buffer(keys)).toEqual(Buffer.concat([bytes, Buffer.from("ls\n")]));
  });

  it("has the size it had at first, then each new one", async () => {
    const { keys, screen } = terminalThatSends(
      encodeInputFrame({ size: { columns: 80, rows: 25 } }),
      encodeInputFrame({ size: { columns: 120, rows: 50 } }),
    );
    const seen = [[screen.columns, screen.rows]];
    screen.on("resize", () => seen.push([screen.columns, screen.rows]));
    await buffer(keys);
    expect(seen).toEqual([
      [100, 40],
      [80, 25],
      [120, 50],
    ]);
  });

  it.each([
    "nonsense",
    "[]",
    "null",
    "{}",
    '{"in":7}',
    '{"size":null}',
    '{"size":{"columns":80}}',
    '{"size":{"columns":-1,"rows":25}}',
    '{"size":{"columns":80,"rows":65536}}',
    '{"size":{"columns":80,"rows":1.5}}',
    '{"size":{"columns":"80","rows":"25"}}',
  ])("ends at a line that is no frame: %s", async (line) => {
    const { keys } = terminalThatSends(`${line}\n`);
    await expect(buffer(keys)).rejects.toBeInstanceOf(SyntaxError);
  });

  it("is given nothing of a size but its numbers", async () => {
    const { keys, screen } = terminalThatSends(
      '{"size":{"columns":80,"rows":25,"write":1,"destroyed":true}}\n',
    );
    await buffer(keys);
    expect(screen).toMatchObject({
      columns: 80,
      rows: 25,
      destroyed: false,
      write: expect.any(Function),
    });
  });
});

it.each([
  [{ columns: 80 }, "terminal.rows is missing."],
  [{ columns: -1, rows: 25 }, "terminal.columns has to be at least 0."],
  [{ columns: 80, rows: 25, depth: 8 }, "terminal has no field depth."],
])("run refuses a terminal of the size %j", async (terminal, message) => {
  const host = await testControl();
  addApp(host, "blog");
  const input = { app: "blog", command: ["sh"], terminal };
  const headers = { "content-type": inputThenStdinType };
  expect(await askApi("run", input, { at: host.socket, headers })).toMatchObject({
    status: 400,
    error: {
      code: "usage",
      message,
    },
  });
});
