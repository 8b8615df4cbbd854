import type { Readable } from "node:stream";

/** One answer of `git cat-file --batch --follow-symlinks`. */
export type BatchAnswer =
  | {
      readonly kind: "object";
      readonly type: string;
      readonly size: number;
      body(): Promise<Buffer>;
    }
  /** Missing, or a link that leads nowhere, in circles or out of the tree. */
  | { readonly kind: "none" };

const objectHeader = /^[0-9a-f]{40,64} (\w+) (\d+)$/;
const linkHeader = /^(?:symlink|dangling|loop|notdir) (\d+)$/;

/** Answers in the order of the questions. An object's body can be left unread; it is then skipped. */
export async function* readBatch(output: Readable): AsyncGenerator<BatchAnswer> {
  const bytes = createByteReader(output);
  for (let line = await bytes.line(); line !== null; line = await bytes.line()) {
    const object = objectHeader.exec(line);
    const size = Number(object?.[2] ?? linkHeader.exec(line)?.[1] ?? -1);
    if (object === null) {
      if (size >= 0) {
        await bytes.skip(size + 1);
      }
      yield { kind: "none" };
      continue;
    }
    let read = false;
    const body = async () => {
      read = true;
      const content = await bytes.take(size);
      await bytes.skip(1);
      return content;
    };
    yield { kind: "object", type: object[1] ?? "", size, body };
    if (!read) {
      await bytes.skip(size + 1);
    }
  }
}

function createByteReader(stream: Readable) {
  const chunks = stream[Symbol.asyncIterator]() as AsyncIterator<Buffer>;
  let rest: Buffer = Buffer.alloc(0);

  const more = async (): Promise<boolean> => {
    const next = await chunks.next();
    if (next.done === true) {
      return false;
    }
    rest = rest.length === 0 ? next.value : Buffer.concat([rest, next.value]);
    return true;
  };

  const take = async (size: number): Promise<Buffer> => {
    while (rest.length < size && (await more())) {
      // `more` has done it.
    }
    const taken = rest.subarray(0, size);
    rest = rest.subarray(size);
    return taken;
  };

  return {
    take,
    /** Without its end; null at the end of the stream. */
    async line(): Promise<string | null> {
      for (;;) {
        const end = rest.indexOf("\n");
        if (end !== -1) {
          return (await take(end + 1)).toString("utf8", 0, end);
        }
        if (!(await more())) {
          return null;
        }
      }
    },
    async skip(size: number): Promise<void> {
      for (let left = size; left > 0; left -= (await take(Math.min(left, rest.length))).length) {
        if (rest.length === 0 && !(await more())) {
          return;
        }
      }
    },
  };
}
