import { chmod, mkdir, rename, rm, stat, truncate } from "node:fs/promises";
import { sshdFailed, sshdMissing } from "../../errors.ts";
import { hasErrno } from "../../system/errno.ts";
import { readFileIfAny, writeFileAtomically } from "../../system/file.ts";
import type { Log } from "../../system/log.ts";
import { processStat, programOf, titleOf } from "../../system/proc.ts";
import { runOrThrow } from "../../system/process.ts";
import { signalProcess } from "../../system/signal.ts";
import { systemPath } from "../../system/system-path.ts";
import { waitFor } from "../../system/wait.ts";
import { startDetached } from "../../system/detached.ts";
import {
  addressText,
  hostKeyPath,
  hostKeyTypes,
  pidPath,
  type SshdPlace,
  sshdConfig,
} from "./sshd-config.ts";

export interface SshdOptions extends SshdPlace {
  readonly log: Log;
}

/** The sshd that Goku starts on a port of its own. It is no child of the daemon's: a restart of Goku cuts nobody off. */
export interface Sshd {
  /** Stops looking after it; it goes on. */
  leave(): void;
  /** Ends it. Connections that are open stay until they end. */
  stop(): Promise<void>;
}

const program = "/usr/sbin/sshd";
/** Compiled into OpenSSH, and lost with every reboot where no service of the system makes it. */
const privilegeFolder = "/run/sshd";
const startTimeoutMs = 10_000;
const lookEveryMs = 1000;
export const maxLogSize = 10 * 1024 * 1024;

/**
 * Takes over the sshd of an earlier Goku, or starts one, and starts it again whenever it is gone.
 * @throws sshdMissing, sshdFailed
 */
export async function startSshd(options: SshdOptions): Promise<Sshd> {
  const { folder, log } = options;
  await mustBeInstalled();
  await prepareFolder(folder);
  await Promise.all(hostKeyTypes.map((type) => ensureHostKey(folder, type)));
  const text = sshdConfig(options);
  const running = await findRunning(folder);
  if (running !== null && (await readFileIfAny(configPath(folder))) !== text) {
    await end(running);
  }
  await writeFileAtomically(configPath(folder), text, { mode: 0o600 });
  await ensureRunning(options);

  let looking = false;
  const look = async () => {
    if (looking) {
      return;
    }
    looking = true;
    try {
      await ensureRunning(options);
      await shortenLog(folder);
    } catch (error) {
      log.error({ err: error }, "sshd is gone and cannot be started");
    } finally {
      looking = false;
    }
  };
  const timer = setInterval(() => void look(), lookEveryMs);
  timer.unref();

  return {
    leave: () => clearInterval(timer),
    async stop() {
      clearInterval(timer);
      const pid = await findRunning(folder);
      if (pid !== null) {
        await end(pid);
      }
    },
  };
}

async function ensureRunning(options: SshdOptions): Promise<void> {
  const { folder, listen, log } = options;
  const running = await findRunning(folder);
  if (running !== null && !isReplaced(running)) {
    return;
  }
  if (running !== null) {
    log.info({ pid: running }, "sshd was upgraded");
    await end(running);
  }
  const logFile = `${folder}/sshd.log`;
  const before = ((await readFileIfAny(logFile)) ?? "").length;
  const started = await startDetached({
    file: program,
    args: ["-D", "-f", configPath(folder), "-E", logFile],
    env: { PATH: systemPath },
  });
  // The pid file is written once the port is open, in one family at least.
  const ready = await waitFor(
    async () => {
      if (started.exited()) {
        return "exited";
      }
      return (await readPid(folder)) === started.pid ? "listening" : null;
    },
    { timeoutMs: startTimeoutMs },
  );
  const said = ((await readFileIfAny(logFile)) ?? "").slice(before).split("\n");
  const taken = said.find((line) => line.includes("Bind to port "));
  if (ready !== "listening" || taken !== undefined) {
    if (!started.exited()) {
      await end(started.pid);
    }
    const reason = taken ?? said.find((line) => line.trim() !== "") ?? "it did not start in time";
    throw sshdFailed(addressText(listen), reason.trim().replace(/\.$/, ""));
  }
  log.info({ pid: started.pid, port: listen.port }, "started sshd");
}

/** The sshd of this folder, if it runs. */
async function findRunning(folder: string): Promise<number | null> {
  const pid = await readPid(folder);
  return pid !== null && titleOf(pid).includes(` ${configPath(folder)} `) ? pid : null;
}

async function readPid(folder: string): Promise<number | null> {
  const text = (await readFileIfAny(pidPath(folder))) ?? "";
  return /^\d+\n?$/.test(text) ? Number(text) : null;
}

/** For every connection sshd starts its own program file again: after an upgrade that is another one than runs. */
function isReplaced(pid: number): boolean {
  return programOf(pid).endsWith(" (deleted)");
}

async function end(pid: number): Promise<void> {
  signalProcess(pid, "SIGTERM");
  await waitFor(() => (processStat(pid) === null ? true : null), { timeoutMs: startTimeoutMs });
}

async function prepareFolder(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true });
  await chmod(folder, 0o711);
  if (process.getuid?.() === 0) {
    await mkdir(privilegeFolder, { recursive: true, mode: 0o755 });
  }
}

/** Under another name first: half a key would keep sshd from ever starting. */
async function ensureHostKey(folder: string, type: string): Promise<void> {
  const path = hostKeyPath(folder, type);
  if ((await readFileIfAny(path)) !== null) {
    return;
  }
  const temporary = `${path}.tmp`;
  await rm(temporary, { force: true });
  await runOrThrow({
    file: "ssh-keygen",
    args: ["-q", "-t", type, "-N", "", "-C", "goku", "-f", temporary],
    env: { PATH: systemPath },
    timeoutMs: startTimeoutMs,
  });
  await rename(`${temporary}.pub`, `${path}.pub`);
  await rename(temporary, path);
}

async function mustBeInstalled(): Promise<void> {
  try {
    await stat(program);
  } catch (error) {
    throw hasErrno(error, "ENOENT") ? sshdMissing(program) : error;
  }
}

async function shortenLog(folder: string): Promise<void> {
  const path = `${folder}/sshd.log`;
  if ((await stat(path)).size > maxLogSize) {
    await truncate(path);
  }
}

function configPath(folder: string): string {
  return `${folder}/sshd_config`;
}
