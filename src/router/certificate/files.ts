import { createPrivateKey, X509Certificate } from "node:crypto";
import { readFile } from "node:fs/promises";
import { badProject, messageOf } from "../../errors.ts";
import type { Certificate } from "../../route.ts";
import { hasErrno } from "../../system/errno.ts";

/** The content of a certificate's file and of its key's. */
export interface Pair {
  readonly certificate: Buffer;
  readonly key: Buffer;
}

/** @throws badProject where there is no such file */
export async function readPair({ certificate, key }: Certificate): Promise<Pair> {
  return {
    certificate: await readNamed(certificate, "SSL_CERTIFICATE"),
    key: await readNamed(key, "SSL_KEY"),
  };
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

async function readNamed(path: string, variable: string): Promise<Buffer> {
  try {
    return await readFile(path);
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
