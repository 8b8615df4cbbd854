import { expect } from "vitest";
import type { TestHost } from "./test-host.ts";

/** How an app's releases are, the newest first. */
export async function statusesOf(host: TestHost, app: string): Promise<string[]> {
  const releases = await host.octoJson<{ status: string }[]>("releases", app);
  return releases.map(({ status }) => status);
}

/** Resolves when the newest release is about to be served. */
export async function untilPublishing(host: TestHost, app: string): Promise<void> {
  const newest = async () => (await statusesOf(host, app))[0];
  await expect.poll(newest, { timeout: 60_000 }).toBe("publishing");
}
