import { exec } from "./exec.ts";
import type { TestHost } from "./test-host.ts";

/** The commit that the server has for a ref, as git tells it over SSH; empty where there is none. */
export async function serverTip(
  host: TestHost,
  repository: string,
  ref = "refs/heads/main",
): Promise<string> {
  const args = ["ls-remote", host.sshUrl(repository), ref];
  return (await exec("git", args, { env: host.gitEnv })).stdout.split("\t")[0] ?? "";
}

/** The commit that the working copy is at. */
export async function workHead(host: TestHost, repository: string): Promise<string> {
  return (await host.git(repository, "rev-parse", "HEAD")).stdout.trim();
}
