import { createHash, createPrivateKey, X509Certificate } from "node:crypto";
import { mkdir } from "node:fs/promises";
import { dirname, join } from "node:path";
import { badProject, messageOf } from "../../errors.ts";
import type { Certificate } from "../../route.ts";
import { hasErrno } from "../../system/errno.ts";
import { writeFileAtomically } from "../../system/file.ts";
import { fileMode } from "../vhosts.ts";
import type { ReadFile } from "./patient-read.ts";

/** The content of a certificate's file and of its key's. */
export interface Pair {
  readonly certificate: Buffer;
  readonly key: Buffer;
}

/** @throws badProject where there is no such file */
export async function readPair({ certificate, key }: Certificate, read: ReadFile): Promise<Pair> {
  return {
    certificate: await readNamed(certificate, "SSL_CERTIFICATE", read),
    key: await readNamed(key, "SSL_KEY", read),
  };
}

/** Where a folder of Goku's own has a pair. */
export function copyIn(folder: string): Certificate {
  return { certificate: join(folder, "certificate.pem"), key: join(folder, "key.pem") };
}

export async function writePair({ certificate, key }: Certificate, pair: Pair): Promise<void> {
  await mkdir(dirname(certificate), { recursive: true, mode: 0o700 });
  await writeFileAtomically(certificate, pair.certificate, { mode: fileMode });
  await writeFileAtomically(key, pair.key, { mode: fileMode });
}

/** By content. */
export function nameOf({ certificate, key }: Pair): string {
  const content = [certificate, key].map((each) => createHash("sha256").update(each).digest());
  return createHash("sha256").update(Buffer.concat(content)).digest("hex").slice(0, 16);
}

/**
 * The files are what they claim to be and belong together: nginx would say so too, in OpenSSL's words.
 * @throws badProject
 */
export function checkPair(pair: Pair, { certificate, key }: Certificate): void {
  const chain = parse(
    () => readCertificate(pair.certificate),
    `SSL_CERTIFICATE names ${certificate}, and that is not a certificate`,
  );
  const secret = parse(
    () => createPrivateKey(pair.key),
    `SSL_KEY names ${key}, and that is not a private key without a passphrase`,
  );
  if (!chain.checkPrivateKey(secret)) {
    throw badProject(
      `The key ${key} does not belong to the certificate ${certificate}.`,
      "Set SSL_CERTIFICATE and SSL_KEY to two files that belong together.",
    );
  }
}

const putItThere = "Put the file there in PEM format, or correct the variable.";

async function readNamed(path: string, variable: string, read: ReadFile): Promise<Buffer> {
  try {
    return await read(path);
  } catch (error) {
    throw badProject(
      hasErrno(error, "ENOENT")
        ? `${variable} names ${path}, and there is no such file on the server.`
        : `${variable} names ${path}, and it cannot be read: ${messageOf(error)}.`,
      putItThere,
    );
  }
}

function readCertificate(pem: Buffer): X509Certificate {
  if (!pem.includes("-----BEGIN CERTIFICATE-----")) {
    throw new Error("it has no line -----BEGIN CERTIFICATE-----");
  }
  return new X509Certificate(pem);
}

function parse<T>(reader: () => T, otherwise: string): T {
  try {
    return reader();
  } catch (error) {
    throw badProject(`${otherwise} in PEM format: ${messageOf(error)}.`, putItThere);
  }
}
