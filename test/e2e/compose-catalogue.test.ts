import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { catalogue, changed, filesOf } from "../compose-catalogue/catalogue.ts";
import type { Deploys, Entry, Page, Refused } from "../compose-catalogue/entry.ts";
import type { Ended } from "../support/exec.ts";
import { projectOf, thingsOf } from "../support/inspect.ts";
import { makeStandIns, type StandIns } from "../support/stand-ins.ts";
import { TestHost } from "../support/test-host.ts";
import type { Files } from "../support/working-copies.ts";

let host: TestHost;
let standIns: StandIns;
let token: string;

const timeout = { timeout: 60_000, interval: 100 };

beforeAll(async () => {
  standIns = await makeStandIns();
  host = await TestHost.start({ env: { GOKU_DEADLINE: "20s" } });
  token = (await host.octoJson<{ token: string }>("tokens:add", "deployer")).token;
});

afterAll(async () => {
  await host.destroy();
  await standIns.remove();
});

/** A deployer comes by HTTP, an admin by SSH. */
async function push({ name, as }: Entry, files: Files): Promise<Ended> {
  if (as === "admin") {
    return host.push(name, files);
  }
  await host.commit(name, files);
  const url = `http://deployer:${token}@127.0.0.1:${host.webPort}/git/${name}.git`;
  return host.git(name, "push", url, "main");
}

async function deploys(entry: Entry, outcome: Deploys): Promise<void> {
  const files = await filesOf(entry);
  const pushed = await push(entry, files);
  expect(pushed.stderr, host.log.slice(-2_000)).toContain(`v1 of ${entry.name}-main is live`);
  expect(pushed.status).toBe(0);
  for (const sentence of outcome.tells ?? []) {
    expect(pushed.stderr).toMatch(sentence);
  }
  await seen(entry, outcome.pages, "says");
  const first = await running(entry, outcome);

  const again = await push(entry, changed(entry, files));
  expect(again.stderr, host.log.slice(-2_000)).toContain(`v2 of ${entry.name}-main is live`);
  expect(again.status).toBe(0);
  await seen(entry, outcome.pages, "after");
  const second = await running(entry, outcome);
  for (const service of outcome.untouched ?? []) {
    expect(second[service], `containers of ${service}`).toEqual(first[service]);
  }
}

async function seen(entry: Entry, pages: readonly Page[], which: "says" | "after") {
  for (const page of pages) {
    const asked = page.host ?? `${entry.name}.${host.domain}`;
    const answer = async () => (await host.ask(asked, page.path)).body;
    // What stands behind the service that nginx asks may take a moment longer.
    await vi.waitFor(
      async () => expect(await answer()).toContain(page[which] ?? page.says),
      timeout,
    );
  }
}

/** Ids by service, once those and only those run that should. */
async function running(entry: Entry, { runs }: Deploys): Promise<Record<string, string[]>> {
  const look = async () => {
    const ids: Record<string, string[]> = {};
    for (const { id, service, running: up } of await projectOf(host, `${entry.name}-main`)) {
      if (up) {
        ids[service] = [...(ids[service] ?? []), id];
      }
    }
    return ids;
  };
  const count = async () =>
    Object.fromEntries(Object.entries(await look()).map(([name, ids]) => [name, ids.length]));
  await vi.waitFor(async () => expect(await count()).toEqual(runs), timeout);
  return look();
}

async function isRefused(entry: Entry, { says }: Refused): Promise<void> {
  const pushed = await push(entry, await filesOf(entry));
  expect(pushed.status).toBe(1);
  for (const sentence of says) {
    expect(pushed.stderr).toMatch(sentence);
  }
  expect(pushed.stderr).not.toContain("Something in Goku broke");
  expect((await host.see(entry.name)).status).toBe(404);
  const left = () => projectOf(host, `${entry.name}-main`);
  await vi.waitFor(async () => expect(await left()).toEqual([]), timeout);
}

describe("the catalogue of compose files", () => {
  // Most of the time is waiting for old containers to go.
  it.concurrent.each(catalogue.map((entry) => [`${entry.name}: ${entry.why}`, entry] as const))(
    "%s",
    async (_, entry) => {
      const { name, outcome } = entry;
      for (const [key, value] of Object.entries(entry.vars ?? {})) {
        await host.must(host.octo("config:set", `${name}/${key}`, value));
      }
      try {
        await (outcome.kind === "deploys" ? deploys(entry, outcome) : isRefused(entry, outcome));
      } finally {
        await host.octo("remove", name, "--force");
      }
      expect((await host.see(name)).status).toBe(404);
      expect(await projectOf(host, `${name}-main`)).toEqual([]);
      expect(await thingsOf(host, `${name}-main`)).toEqual([]);
    },
  );
});
