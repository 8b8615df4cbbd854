/** What `octo` is told by its environment. */
export interface OctoEnvironment {
  /** The folder of the daemon to talk to. */
  readonly data: string;
  /** Set by the forced command of an SSH key: that key's name, and what its owner typed. */
  readonly key: string | null;
  readonly sshCommand: string;
  /** No colours: https://no-color.org */
  readonly plain: boolean;
}

export function octoEnvironment(env: NodeJS.ProcessEnv = process.env): OctoEnvironment {
  return {
    data: env["GOKU_DATA"] || "/var/lib/goku",
    key: env["GOKU_KEY"] || null,
    sshCommand: env["SSH_ORIGINAL_COMMAND"] ?? "",
    plain: (env["NO_COLOR"] ?? "") !== "",
  };
}
