import { rm } from "node:fs/promises";
import { afterEach, beforeEach, expect } from "vitest";
import { askGeneration } from "../../src/router/nginx/status.ts";
import {
  eventually,
  type Host,
  makeCertificate,
  makeHost,
  routeOf,
  startBackend,
  type TestBackend,
} from "./fixture.ts";

/** A host with an app that is reached by HTTP and HTTPS, from which something is about to be removed. */
export interface ServingHost {
  readonly host: Host;
  readonly backend: TestBackend;
}

/** A new one for each test of the file. */
export function servingHosts(): () => ServingHost {
  let serving: ServingHost;
  beforeEach(async () => {
    const host = await makeHost();
    const backend = await startBackend("127.0.0.2", "here");
    serving = { host, backend };
    const certificate = await makeCertificate(host.folder, "blog");
    await host.router.start();
    await host.publish(routeOf("blog-main", [backend], { certificate }));
  });
  afterEach(async () => {
    await serving.host.end();
    await serving.backend.close();
  });
  return () => serving;
}

export const bodyOf = async (host: Host, app: string) =>
  (await host.get(`${app}.example.test`)).body;

export const remove = (path: string) => rm(path, { recursive: true, force: true });

/** A wait in vain takes as long as a reload may; the rest of those 10 s is left to chance. */
export const inVainMs = 8_000;

/** That the next switch waits for no answer that cannot come, as the one after it does not. */
export async function expectQuickPublish({ host, backend }: ServingHost, app: string) {
  const publish = async () => {
    const prepared = await host.router.prepare(routeOf(app, [backend]));
    const begin = performance.now();
    await host.router.publish([prepared]);
    return performance.now() - begin;
  };
  const tookMs = await publish();
  await eventually("nginx answers", async () => (await askGeneration(host.places.status)) !== null);
  expect(tookMs - (await publish())).toBeLessThan(inVainMs);
  expect(await bodyOf(host, app)).toBe("here");
}
