import { readFile } from "node:fs/promises";
import { hasErrno } from "../../system/errno.ts";

/**
 * What `docker login` left for a registry. `helper` is a program that only the docker CLI asks.
 */
export type Credentials =
  | { readonly kind: "login"; readonly header: Readonly<Record<string, string>> }
  | { readonly kind: "helper" }
  | { readonly kind: "none" };

interface DockerConfig {
  readonly auths?: Readonly<
    Record<string, { readonly auth?: string; readonly identitytoken?: string }>
  >;
  readonly credHelpers?: Readonly<Record<string, string>>;
  readonly credsStore?: string;
}

/** Docker Hub's name in the file, from its first days. */
const hubKey = "index.docker.io";

/** @param path of the docker CLI's `config.json`; it need not exist */
export async function readCredentials(path: string, host: string): Promise<Credentials> {
  let text: string;
  try {
    text = await readFile(path, "utf8");
  } catch (error) {
    if (hasErrno(error, "ENOENT", "ENOTDIR")) {
      return { kind: "none" };
    }
    throw error;
  }
  const config: DockerConfig = JSON.parse(text);
  return findCredentials(config, host);
}

export function findCredentials(config: DockerConfig, host: string): Credentials {
  const key = host === "docker.io" ? hubKey : host;
  if (Object.keys(config.credHelpers ?? {}).some((name) => hostOf(name) === key)) {
    return { kind: "helper" };
  }
  const [name, entry] =
    Object.entries(config.auths ?? {}).find(([each]) => hostOf(each) === key) ?? [];
  if (name !== undefined && entry?.identitytoken !== undefined && entry.identitytoken !== "") {
    return login({ identitytoken: entry.identitytoken, serveraddress: name });
  }
  if (name !== undefined && entry?.auth !== undefined && entry.auth !== "") {
    const [username = "", ...rest] = Buffer.from(entry.auth, "base64").toString("utf8").split(":");
    return login({ username, password: rest.join(":"), serveraddress: name });
  }
  return { kind: config.credsStore ? "helper" : "none" };
}

function login(header: Record<string, string>): Credentials {
  return { kind: "login", header };
}

function hostOf(name: string): string {
  return name.replace(/^https?:\/\//, "").replace(/\/.*$/, "");
}
