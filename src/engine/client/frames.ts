import { StringDecoder } from "node:string_decoder";
import { lineCutter } from "../../system/cut-lines.ts";
import { translate } from "./docker.ts";

/** A piece of what a process wrote; one with a terminal has no stderr. */
export interface Frame {
  readonly channel: "stdout" | "stderr";
  readonly bytes: Buffer;
}

/** Channel, three zeros, length (big-endian, 32 bits). */
const headerBytes = 8;
const stderrChannel = 2;
/** Docker's own words, where it fails in the middle of a log. */
const lastChannel = 3;

/**
 * Takes apart what Docker answers to `logs`, `attach` and `exec` of a process without a terminal.
 * @throws Error where it is something else, of which the length of a frame could be anything
 */
export async function* frames(
  stream: AsyncIterable<Buffer>,
  signal?: AbortSignal,
): AsyncGenerator<Frame> {
  let buffer: Buffer = Buffer.alloc(0);
  try {
    for await (const chunk of stream) {
      buffer = Buffer.concat([buffer, chunk]);
      while (buffer.length >= headerBytes) {
        if (buffer.readUInt8(0) > lastChannel || buffer.readUIntBE(1, 3) !== 0) {
          throw new Error("Docker's answer is not made of frames");
        }
        const end = headerBytes + buffer.readUInt32BE(4);
        if (buffer.length < end) {
          break;
        }
        const channel = buffer[0] === stderrChannel ? "stderr" : "stdout";
        yield { channel, bytes: buffer.subarray(headerBytes, end) };
        buffer = buffer.subarray(end);
      }
    }
  } catch (error) {
    signal?.throwIfAborted();
    throw error instanceof Error ? translate(error) : error;
  }
}

/** What a process with a terminal wrote comes as it is. */
export async function* unframed(
  stream: AsyncIterable<Buffer>,
  signal?: AbortSignal,
): AsyncGenerator<Frame> {
  try {
    for await (const bytes of stream) {
      yield { channel: "stdout", bytes };
    }
  } catch (error) {
    signal?.throwIfAborted();
    throw error instanceof Error ? translate(error) : error;
  }
}

/** Lines of both channels in the order they end; a last one without an end counts too. Very long ones come in parts. */
export async function* linesOf(source: AsyncIterable<Frame>): AsyncGenerator<string> {
  const channels = { stdout: lineCollector(), stderr: lineCollector() };
  for await (const { channel, bytes } of source) {
    yield* channels[channel].add(bytes);
  }
  yield* [...channels.stdout.end(), ...channels.stderr.end()];
}

function lineCollector() {
  const decoder = new StringDecoder("utf8");
  const cutter = lineCutter();
  return {
    add: (bytes: Buffer) => cutter.add(decoder.write(bytes)).map((line) => line.replace(/\r$/, "")),
    end: () => [...cutter.add(decoder.end()), ...cutter.end()],
  };
}
