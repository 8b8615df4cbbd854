import { systemPath } from "../system/system-path.ts";

export type Environment = Readonly<Record<string, string | undefined>>;

/** Variables that begin like a setting and are none: what the forced command of an SSH key tells `octo`. */
export const internalNames: readonly string[] = ["GOKU_KEY", "GOKU_HOST"];

/** The only look at the process's own environment. */
export function environment(): Environment {
  return process.env;
}

/** What git, docker, nginx and sshd may know of the daemon's environment: where things are, and by which way out. */
const inherited =
  "HOME USER LOGNAME TZ TMPDIR XDG_RUNTIME_DIR SSL_CERT_FILE SSL_CERT_DIR " +
  "DOCKER_HOST DOCKER_CONTEXT DOCKER_CONFIG DOCKER_CERT_PATH DOCKER_TLS_VERIFY " +
  "HTTP_PROXY HTTPS_PROXY NO_PROXY http_proxy https_proxy no_proxy";

/**
 * The environment of a program that Goku starts: named variables only, so that neither GOKU_CONSUL_TOKEN nor the
 * GIT_* of a surrounding hook reach it, and C.UTF-8, so that what it says can be read by Goku.
 */
export function childEnvironment(env: Environment = environment()): Record<string, string> {
  const kept = inherited.split(" ").flatMap((name) => {
    const value = env[name];
    return value === undefined ? [] : [[name, value] as const];
  });
  const path = [env["PATH"], systemPath].filter(Boolean).join(":");
  return { ...Object.fromEntries(kept), PATH: path, LC_ALL: "C.UTF-8" };
}

/** Programs in this folder are found before the system's, by whatever this process starts by name. */
export function putFirstInPath(folder: string): void {
  process.env["PATH"] = `${folder}:${process.env["PATH"] ?? systemPath}`;
}
