import { waitFor } from "../../src/system/wait.ts";
import { containersOf, kindOf } from "./docker-api.ts";
import { parseEnv } from "./sample-apps.ts";
import type { TestHost } from "./test-host.ts";

/** Docker's ids of an app's containers, running or not, sorted. `app` is the id: `blog-main`. */
export async function replicaIds(host: TestHost, app: string): Promise<string[]> {
  return (await containersOf(host.instance))
    .filter((each) => each.labels["goku.app"] === app && kindOf(each) !== "namespace")
    .map(({ id }) => id)
    .sort();
}

/** Resolves when the app has exactly that many containers: what was replaced has gone. */
export async function awaitReplicas(host: TestHost, app: string, count: number): Promise<string[]> {
  const look = async () => {
    const ids = await replicaIds(host, app);
    return ids.length === count ? ids : null;
  };
  const ids = await waitFor(look, { timeoutMs: 60_000, intervalMs: 50 });
  if (ids === null) {
    throw new Error(`${app} does not come to have ${count} containers`);
  }
  return ids;
}

/** The environment of a `page` app's container, as the container itself tells it. */
export async function envOf(host: TestHost, app: string): Promise<Record<string, string>> {
  const answer = await host.see(app, "/cgi-bin/env");
  if (answer.status !== 200) {
    throw new Error(`${app} answered ${answer.status} to the question for its environment`);
  }
  return parseEnv(answer.body);
}
