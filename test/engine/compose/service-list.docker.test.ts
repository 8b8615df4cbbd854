import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { type DockerCalls, noteDockerCalls } from "../../support/docker-calls.ts";
import { busyboxId, testInstance } from "../support.ts";
import { projectsOf } from "./projects.ts";
import { servicesOf } from "./support.ts";

const folder = await mkdtemp(join(tmpdir(), "goku-test-"));
const dockerSocket = join(folder, "docker.sock");
const test = await testInstance({ dockerSocket, pool: 0 });
const engine = test.connect();
const { composer } = engine;
const { make, removeAll } = projectsOf(test, engine);
/** As databases do. */
const endsWell = { command: ["sh", "-c", "trap 'exit 0' TERM; echo up; sleep 600 & wait"] };
const job = { command: ["true"] };
const app = "ended-main";
let image = "";
let calls: DockerCalls;

beforeAll(async () => {
  calls = await noteDockerCalls(dockerSocket);
  await engine.start();
  image = await busyboxId();
});
afterAll(async () => {
  await test.destroy();
  await calls.close();
  await rm(folder, { recursive: true });
});

async function states(): Promise<Record<string, string>> {
  const all = await composer.listServices(app);
  return Object.fromEntries(all.map(({ service, state }) => [service, state]));
}

async function firstLine(id: string): Promise<void> {
  for await (const _ of engine.logs(id, { follow: true, tail: null, since: null })) {
    return;
  }
}

it("what was stopped is not taken for a job that is done, although both ended with status 0", async () => {
  const services = { db: endsWell, loud: { ...endsWell, restart: "always" }, job, late: job };
  const made = await make(servicesOf(image, services, { app }));
  const idOf = (name: string) => made.find(({ service }) => service === name)?.id ?? "";
  await engine.keepReplica(idOf("db"));
  for (const id of [idOf("db"), idOf("loud")]) {
    await firstLine(id);
    await engine.stopReplica(id, null);
    expect((await engine.inspectReplica(id))?.exitCode).toBe(0);
  }
  const expected = { db: "exited", loud: "exited", job: "done", late: "done" };
  await expect.poll(states, { timeout: 60_000 }).toEqual(expected);

  // Docker's list does not tell them apart, so that it is asked about each: once.
  calls.clear();
  expect(await states()).toEqual(expected);
  expect(calls.asked.map((question) => question.replace(/\?.*/, ""))).toEqual([
    "GET /containers/json",
    "GET /networks",
  ]);

  await engine.keepReplica(idOf("late"));
  expect(await states()).toEqual({ ...expected, late: "exited" });
  await removeAll(app);
  expect(await states()).toEqual({});
});
