import type { Readable } from "node:stream";
import { type CommandResult, run, runOrThrow } from "../../system/process.ts";
import { type MemoryLimit, streamCommand } from "../../system/stream-command.ts";
import { systemPath } from "../../system/system-path.ts";

/** The user that repositories belong to; git refuses to work for anybody else ("dubious ownership"). */
export interface Owner {
  readonly uid: number;
  readonly gid: number;
}

export interface GitOptions {
  readonly cwd: string;
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal;
  readonly input?: string;
  /** On top of the clean environment that every git gets. */
  readonly env?: Readonly<Record<string, string>>;
}

/** git, run as the owner of the repositories and deaf to every configuration but theirs. */
export interface Git {
  run(args: readonly string[], options: GitOptions): Promise<CommandResult>;
  /** @throws CommandFailed for a non-zero exit status too */
  must(args: readonly string[], options: GitOptions): Promise<CommandResult>;
  stream(args: readonly string[], options: StreamOptions): Readable;
}

export interface StreamOptions extends GitOptions {
  readonly memory?: MemoryLimit;
}

const defaultTimeoutMs = 60_000;

export function createGit(owner: Owner | null): Git {
  const command = (args: readonly string[], options: GitOptions) => ({
    file: "git",
    args,
    cwd: options.cwd,
    env: {
      PATH: systemPath,
      LC_ALL: "C.UTF-8",
      GIT_CONFIG_NOSYSTEM: "1",
      GIT_CONFIG_GLOBAL: "/dev/null",
      GIT_TERMINAL_PROMPT: "0",
      // Else refs/replace/, which a pusher may have filled, says what a commit of somebody else's holds.
      GIT_NO_REPLACE_OBJECTS: "1",
      ...options.env,
    },
    input: options.input,
    ...owner,
    timeoutMs: options.timeoutMs ?? defaultTimeoutMs,
    signal: options.signal,
  });
  return {
    run: (args, options) => run(command(args, options)),
    must: (args, options) => runOrThrow(command(args, options)),
    stream: (args, options) => streamCommand({ ...command(args, options), memory: options.memory }),
  };
}
