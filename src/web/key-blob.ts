/** OpenSSH refuses shorter RSA keys (RequiredRSASize), so they would be accepted here and never work. */
const minRsaBits = 1024;

const pointBytes: Readonly<Record<string, number>> = {
  nistp256: 65,
  nistp384: 97,
  nistp521: 133,
};

/**
 * What is wrong with the binary part of a public key (RFC 4253 section 6.6, RFC 5656, RFC 8709), or null.
 * A blob is a row of byte strings, each with its length before it; the first repeats the type.
 */
export function keyFault(type: string, blob: Buffer): string | null {
  const fields = readFields(blob);
  if (fields === null) {
    return "a part of it is missing";
  }
  const [inner, ...rest] = fields;
  if (inner?.toString("latin1") !== type) {
    return "its two parts name different types";
  }
  return hasFields(type, rest) ? rsaFault(type, rest) : "its parts do not fit its type";
}

function readFields(blob: Buffer): Buffer[] | null {
  const fields: Buffer[] = [];
  for (let at = 0; at < blob.length;) {
    if (at + 4 > blob.length) {
      return null;
    }
    const end = at + 4 + blob.readUInt32BE(at);
    if (end > blob.length) {
      return null;
    }
    fields.push(blob.subarray(at + 4, end));
    at = end;
  }
  return fields;
}

function hasFields(type: string, fields: readonly Buffer[]): boolean {
  const [first, second] = fields;
  const application = type.startsWith("sk-") ? 1 : 0;
  if (type.includes("ed25519")) {
    return fields.length === 1 + application && first?.length === 32;
  }
  if (type.includes("ecdsa")) {
    const curve = first?.toString("latin1") ?? "";
    return (
      fields.length === 2 + application &&
      type.includes(`-${curve}`) &&
      second?.length === pointBytes[curve] &&
      second?.[0] === 4
    );
  }
  return fields.length === 2 && (first?.length ?? 0) > 0;
}

function rsaFault(type: string, fields: readonly Buffer[]): string | null {
  if (type !== "ssh-rsa") {
    return null;
  }
  const modulus = fields[1]?.toString("hex").replace(/^0+/, "") ?? "";
  const bits = modulus === "" ? 0 : BigInt(`0x${modulus}`).toString(2).length;
  return bits < minRsaBits ? `RSA keys need ${minRsaBits} bits, and it has ${bits}` : null;
}
