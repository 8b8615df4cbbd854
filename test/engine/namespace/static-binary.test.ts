import { readFile } from "node:fs/promises";
import { expect, it } from "vitest";
import { isStaticBinary } from "../../../src/engine/namespace/static-binary.ts";

it("tells a static program from one that needs a loader", async () => {
  expect(isStaticBinary(await readFile("/bin/busybox"))).toBe(true);
  expect(isStaticBinary(await readFile("/bin/ls"))).toBe(false);
});

it.each(["", "#!/bin/sh\n".padEnd(100, "x"), "\x7fELF"])(
  "takes no other file for one: %j",
  (text) => {
    expect(isStaticBinary(Buffer.from(text))).toBe(false);
  },
);

it("reads 32-bit and big-endian programs", () => {
  const elf = (header: number) => {
    const file = Buffer.alloc(128);
    file.write("\x7fELF", "latin1");
    file[4] = 1;
    file[5] = 2;
    file.writeUInt32BE(64, 28);
    file.writeUInt16BE(32, 42);
    file.writeUInt16BE(1, 44);
    file.writeUInt32BE(header, 64);
    return file;
  };
  expect(isStaticBinary(elf(1))).toBe(true);
  expect(isStaticBinary(elf(3))).toBe(false);
});
