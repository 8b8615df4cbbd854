const magic = Buffer.from([0x7f, 0x45, 0x4c, 0x46]);
/** Program header that names the dynamic loader. */
const interpreter = 3;

/** True for an ELF program that needs no dynamic loader, so that it runs in an image with nothing else in it. */
export function isStaticBinary(file: Buffer): boolean {
  if (file.length < 64 || !file.subarray(0, 4).equals(magic)) {
    return false;
  }
  const is64 = file[4] === 2;
  const isLittle = file[5] === 1;
  const read16 = (at: number) => (isLittle ? file.readUInt16LE(at) : file.readUInt16BE(at));
  const read32 = (at: number) => (isLittle ? file.readUInt32LE(at) : file.readUInt32BE(at));
  // The low half is enough of a 64-bit offset: headers lie at a file's beginning.
  const start = is64 ? read32(isLittle ? 32 : 36) : read32(28);
  const size = read16(is64 ? 54 : 42);
  const count = read16(is64 ? 56 : 44);
  const starts = Array.from({ length: count }, (_, at) => start + at * size);
  return starts.every((at) => at + 4 <= file.length && read32(at) !== interpreter);
}
