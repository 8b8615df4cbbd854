import { PassThrough } from "node:stream";
import { expect, it } from "vitest";
import { connectDocker } from "../../../src/engine/client/docker.ts";
import { createNames } from "../../../src/engine/names.ts";
import type { Claims } from "../../../src/engine/namespace/claims.ts";
import { createReplicas } from "../../../src/engine/replica/replicas.ts";
import { createLog } from "../../../src/system/log.ts";
import { stub } from "../../web/stub.ts";
import { answerJson, fakeDocker } from "../client/fake-docker.ts";

const [early, late] = ["2026-01-01T10:00:00.123456789Z", "2026-01-01T12:00:00.123456789Z"];

/** A Docker whose processes nobody sees, with a replica of which only the times are known. */
async function replicaWith(times: { replica: string; namespace: string }) {
  const seen = { restarts: 0, refuses: false };
  const socket = await fakeDocker(({ url = "", method }, response) => {
    if (method === "POST") {
      seen.restarts += 1;
      answerJson(response, seen.refuses ? 500 : 204, { message: "not now" });
      return;
    }
    const of = url.includes("/replica/") ? "replica" : "namespace";
    answerJson(response, 200, {
      Id: of,
      Name: `/blog.${of}`,
      HostConfig: { NetworkMode: of === "replica" ? "container:namespace" : "goku" },
      State: { Running: true, Restarting: false, Pid: 0, StartedAt: times[of] },
    });
  });
  const lines = new PassThrough();
  const replicas = createReplicas(
    connectDocker(socket),
    createNames("goku"),
    stub<Claims>("claims"),
    () => undefined,
    1_000,
    createLog("warn", lines),
  );
  return {
    seen,
    times,
    restart: () => replicas.restart("replica"),
    log: () => String(lines.read() ?? ""),
  };
}

it("restarts a replica once for a start of its namespace, although the clock was set back", async () => {
  const { seen, times, restart, log } = await replicaWith({ replica: early, namespace: late });
  await restart();
  await restart();
  await restart();
  expect(seen.restarts).toBe(1);
  expect(log().match(/blog.replica runs in a network that nobody reaches/g)).toHaveLength(1);

  times.namespace = "2026-01-01T12:30:00.123456789Z";
  await restart();
  await restart();
  expect(seen.restarts).toBe(2);
});

it("tries again where Docker did not restart it", async () => {
  const { seen, restart } = await replicaWith({ replica: early, namespace: late });
  seen.refuses = true;
  await expect(restart()).rejects.toThrow("not now");
  seen.refuses = false;
  await restart();
  expect(seen.restarts).toBe(2);
});

it("leaves alone what was started after its namespace", async () => {
  const { seen, restart, log } = await replicaWith({ replica: late, namespace: early });
  await restart();
  expect(seen.restarts).toBe(0);
  expect(log()).toBe("");
});
