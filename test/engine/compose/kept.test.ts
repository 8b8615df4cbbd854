import { expect, it } from "vitest";
import { connectDocker } from "../../../src/engine/client/docker.ts";
import { createKept } from "../../../src/engine/compose/kept.ts";
import { listServices } from "../../../src/engine/compose/service-list.ts";
import type { Listed } from "../../../src/engine/container-list.ts";
import { composeLabel, label } from "../../../src/engine/labels.ts";
import { silentLog } from "../../support/silent-log.ts";
import { type Answers, answerJson, fakeDocker } from "../client/fake-docker.ts";

async function keptBy(answer: Answers, lookMs?: number) {
  return createKept(connectDocker(await fakeDocker(answer)), silentLog(), lookMs);
}

/** As Docker lists what has ended with status 0. */
function ended(id: string): Listed {
  return {
    id,
    name: id,
    labels: { [label.app]: "shop-main", [composeLabel.service]: id, [label.fingerprint]: "1" },
    image: "sha256:1",
    state: "exited",
    exitStatus: 0,
    running: false,
    restarting: false,
    createdAt: "2026-01-01T00:00:00.000Z",
    joins: null,
    address: null,
    networks: [],
    networkIds: [],
    writes: [],
  };
}

it("a container that Docker cannot read keeps no other from being listed", async () => {
  const kept = await keptBy((request, response) => {
    if (request.url?.includes("/broken/") === true) {
      answerJson(response, 500, { message: "RWLayer of container broken is unexpectedly nil" });
    } else {
      answerJson(response, 200, { HostConfig: { RestartPolicy: { Name: "unless-stopped" } } });
    }
  });
  const networks = async () => new Set<string>();
  const listed = await listServices(["broken", "db"].map(ended), { kept, networks });
  expect(listed.map(({ id, state }) => [id, state])).toEqual([
    ["broken", "done"],
    ["db", "exited"],
  ]);
});

it("nobody waits for long where Docker does not answer about one", async () => {
  const kept = await keptBy(() => undefined, 20);
  expect(await kept.has("mute")).toBe(false);
});

it("what Docker could not say is asked again", async () => {
  let asked = 0;
  const kept = await keptBy((_request, response) => {
    asked++;
    const found = { HostConfig: { RestartPolicy: { Name: "always" } } };
    answerJson(response, asked === 1 ? 500 : 200, asked === 1 ? { message: "no" } : found);
  });
  expect(await kept.has("db")).toBe(false);
  expect(await kept.has("db")).toBe(true);
  expect(await kept.has("db")).toBe(true);
  expect(asked).toBe(2);
});

it("a Docker that is away is no answer", async () => {
  const kept = await keptBy((request) => void request.socket.destroy());
  await expect(kept.has("db")).rejects.toMatchObject({ code: "unavailable" });
});
