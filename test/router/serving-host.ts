import { rm } from "node:fs/promises";
import { afterEach, beforeEach, expect } from "vitest";
import {
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

const reloadTimeoutMs = 10_000;

/** That the next switch waits for no answer that cannot come, as nginx's reload is waited for at most. */
export async function expectQuickPublish({ host, backend }: ServingHost, app: string) {
  const prepared = await host.router.prepare(routeOf(app, [backend]));
  const begin = performance.now();
  await host.router.publish([prepared]);
  expect(performance.now() - begin).toBeLessThan(reloadTimeoutMs);
  expect(await bodyOf(host, app)).toBe("here");
}
