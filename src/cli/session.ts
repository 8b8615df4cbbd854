/** How soon after its client octo ends, in the quiet of a log that nobody writes to. */
const checkMs = 1_000;

/**
 * Calls back when the process that started this one is gone. A client of sshd that hangs up is told to nobody
 * who has nothing to write: sshd's own process ends, and this one gets a new parent.
 */
export function onOrphaned(callback: () => void): void {
  const parent = process.ppid;
  setInterval(() => {
    if (process.ppid !== parent) {
      callback();
    }
  }, checkMs).unref();
}
