import { createPrivateKey, X509Certificate } from "node:crypto";
import { readFile } from "node:fs/promises";
import { badProject, messageOf } from "../../errors.ts";
import type { Certificate } from "../../route.ts";
import { hasErrno } from "../../system/errno.ts";

/**
 * The files exist, are what they claim to be and belong together: nginx would say so too, in OpenSSL's words.
 * @throws badProject
 */
export async function checkCertificate({ certificate, key }: Certificate): Promise<void> {
  const chain = await parse(certificate, "SSL_CERTIFICATE", "a certificate", readCertificate);
  const secret = await parse(
    key,
    "SSL_KEY",
    "a private key without a passphrase",
    createPrivateKey,
  );
  if (!chain.checkPrivateKey(secret)) {
    throw badProject(
      `The key ${key} does not belong to the certificate ${certificate}.`,
      "Set SSL_CERTIFICATE and SSL_KEY to two files that belong together.",
    );
  }
}

function readCertificate(pem: Buffer): X509Certificate {
  if (!pem.includes("-----BEGIN CERTIFICATE-----")) {
    throw new Error("it has no line -----BEGIN CERTIFICATE-----");
  }
  return new X509Certificate(pem);
}

async function parse<T>(
  path: string,
  variable: string,
  what: string,
  reader: (pem: Buffer) => T,
): Promise<T> {
  const pem = await readFile(path).catch((error: unknown) => {
    throw badProject(
      hasErrno(error, "ENOENT")
        ? `${variable} names ${path}, and there is no such file on the server.`
        : `${variable} names ${path}, and it cannot be read: ${messageOf(error)}.`,
      "Put the file there in PEM format, or correct the variable.",
    );
  });
  try {
    return reader(pem);
  } catch (error) {
    throw badProject(
      `${variable} names ${path}, and that is not ${what} in PEM format: ${messageOf(error)}.`,
      "Put the file there in PEM format, or correct the variable.",
    );
  }
}
