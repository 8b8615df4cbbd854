import { expect, it } from "vitest";
import { appLogs, type LogQuery } from "../../../src/deploy/verbs/logs.ts";
import { deferred } from "../../../src/system/deferred.ts";
import { container } from "../compose-parts.ts";
import { projectWorld, type ProjectWorld } from "./project-world.ts";

const query: LogQuery = { kind: "app", follow: false, tail: null, since: null };

/** Containers say their id, and with `follow` go on until they are no more. */
async function logsWorld() {
  const world = await projectWorld({ vars: { CONTAINERS: "worker=2" } });
  const closing = new Map<string, () => void>();
  const engine: ProjectWorld["parts"]["engine"] = {
    ...world.parts.engine,
    async *logs(id, { follow, signal }) {
      yield `I am ${id}`;
      if (follow && world.containers.get(id)?.state === "running") {
        const ended = deferred<void>();
        closing.set(id, ended.resolve);
        signal?.addEventListener("abort", () => ended.resolve());
        await ended.promise;
      }
    },
  };
  const remove = (id: string) => {
    world.containers.delete(id);
    closing.get(id)?.();
  };
  return { ...world, parts: { ...world.parts, engine }, remove };
}

async function said(world: ProjectWorld, more: Partial<LogQuery> = {}) {
  const lines: string[] = [];
  for await (const { line, service, index, version } of appLogs(world.parts, world.app, {
    ...query,
    ...more,
  })) {
    lines.push(`${service}.${index} v${version} ${line}`);
  }
  return lines.sort();
}

it("octo logs of a project has the lines of all services, of jobs that are done as well", async () => {
  expect(await said(await logsWorld())).toEqual([
    "db.1 vnull I am db-1",
    "migrate.1 vnull I am migrate-1",
    "web.1 v1 I am web-1",
    "worker.1 vnull I am worker-1",
    "worker.2 vnull I am worker-2",
  ]);
});

it("octo logs of a service has its lines alone, and refuses one that there is not", async () => {
  const world = await logsWorld();
  expect(await said(world, { service: "db" })).toEqual(["db.1 vnull I am db-1"]);
  await expect(said(world, { service: "bd" })).rejects.toMatchObject({ hint: "Did you mean db?" });
});

it("refuses an app that never went live, unless what follows is to be shown", async () => {
  const world = await logsWorld();
  const app = world.parts.store.apps.create("new", "main");
  const refused = {
    message: "new-main has no release yet.",
    hint: expect.stringContaining("octo releases new-main"),
  };
  await expect(said({ ...world, app })).rejects.toMatchObject(refused);
  await expect(said({ ...world, app }, { service: "db" })).rejects.toMatchObject(refused);
  const signal = AbortSignal.abort();
  expect(await said({ ...world, app }, { follow: true, signal })).toEqual([]);
});

it("leaves out what a release that is no longer live still says", async () => {
  const world = await logsWorld();
  const old = container("web-0", { service: "web", version: 0 });
  world.containers.set(old.id, old);
  expect(await said(world, { service: "web" })).toEqual(["web.1 v1 I am web-1"]);
});

it("follows containers that come, jobs that ended between two looks too, and ends with the app", async () => {
  const world = await logsWorld();
  const going = new AbortController();
  const lines: string[] = [];
  const expected = ["I am worker-1", "I am worker-2", "I am worker-9", "I am migrate-2"];
  const options = { ...query, follow: true, signal: going.signal };
  for await (const { line, service } of appLogs(world.parts, world.app, options)) {
    if (service === "worker" || line === "I am migrate-2") {
      lines.push(line);
    }
    if (line === "I am worker-2") {
      world.remove("worker-1");
      const fresh = container("worker-9", { service: "worker", fingerprint: "changed" });
      world.containers.set(fresh.id, fresh);
      const job = container("migrate-2", { service: "migrate", state: "exited" });
      world.containers.set(job.id, job);
      const waiting = container("beat-1", { service: "beat", state: "created" });
      world.containers.set(waiting.id, waiting);
    }
    if (lines.length === expected.length) {
      going.abort();
    }
  }
  expect(lines.sort()).toEqual(expected.sort());
});
