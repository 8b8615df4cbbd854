/** What git is started with: none of the machine's own settings, somebody's name, and this `ssh`. */
export function gitEnvironment(home: string, ssh: string): Record<string, string> {
  return {
    PATH: process.env["PATH"] ?? "",
    HOME: home,
    GIT_SSH_COMMAND: ssh,
    GIT_CONFIG_NOSYSTEM: "1",
    GIT_AUTHOR_NAME: "tester",
    GIT_AUTHOR_EMAIL: "tester@goku.test",
    GIT_COMMITTER_NAME: "tester",
    GIT_COMMITTER_EMAIL: "tester@goku.test",
    GIT_TERMINAL_PROMPT: "0",
  };
}

/** `ssh` with this key and none of the machine's own settings, which believes every server. */
export function sshArguments(key: string): string[] {
  const options = [
    "IdentitiesOnly=yes",
    "StrictHostKeyChecking=no",
    "UserKnownHostsFile=/dev/null",
    "LogLevel=ERROR",
  ];
  return ["-F", "/dev/null", "-i", key, ...options.flatMap((option) => ["-o", option])];
}
