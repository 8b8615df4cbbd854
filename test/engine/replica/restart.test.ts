import { PassThrough } from "node:stream";
import { expect, it } from "vitest";
import { connectDocker } from "../../../src/engine/client/docker.ts";
import { createNames } from "../../../src/engine/names.ts";
import type { Claims } from "../../../src/engine/namespace/claims.ts";
import { createReplicas } from "../../../src/engine/replica/replicas.ts";
import { deferred } from "../../../src/system/deferred.ts";
import { createLog } from "../../../src/system/log.ts";
import { soon } from "../../support/soon.ts";
import { stub } from "../../web/stub.ts";
import { answerJson, fakeDocker } from "../client/fake-docker.ts";

const long = "2025-01-01T10:00:00.123456789Z";
const [early, late] = ["2026-01-01T10:00:00.123456789Z", "2026-01-01T12:00:00.123456789Z"];

/** A Docker whose processes nobody sees, with a replica of which only the times are known. */
async function replicaWith(times: { replica: string; namespace: string }) {
  const seen = {
    looksUntilStarted: 0,
    asked: [] as string[],
    restarts: 0,
    refuses: false,
    runs: true,
  };
  const stopped = deferred<void>();
  const socket = await fakeDocker(({ url = "", method }, response) => {
    if (method === "POST") {
      const action = /\/(\w+)(?:\?|$)/.exec(url)?.[1] ?? "";
      seen.asked.push(action);
      seen.restarts += action === "restart" ? 1 : 0;
      const answer = () => answerJson(response, seen.refuses ? 500 : 204, { message: "not now" });
      void (action === "stop" ? stopped.promise.then(answer) : answer());
      return;
    }
    const of = url.includes("/replica/") ? "replica" : "namespace";
    const isStarting = of === "namespace" && seen.looksUntilStarted > 0;
    seen.looksUntilStarted -= isStarting ? 1 : 0;
    answerJson(response, 200, {
      Id: of,
      Name: `/blog.${of}`,
      HostConfig: { NetworkMode: of === "replica" ? "container:namespace" : "goku" },
      State: {
        Running: of === "namespace" || seen.runs,
        Restarting: isStarting,
        Pid: 0,
        StartedAt: isStarting ? long : times[of],
      },
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
    rejoin: () => replicas.rejoin("replica"),
    stop: () => replicas.stop("replica", 1_000),
    stopped,
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

it("waits for a namespace that Docker is about to start again, and restarts the replica after it", async () => {
  const { seen, rejoin } = await replicaWith({ replica: early, namespace: late });
  seen.looksUntilStarted = 3;
  await rejoin();
  expect(seen.asked).toEqual(["start", "restart"]);
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

it("starts what does not run where it should, and leaves it alone where it is only looked after", async () => {
  const { seen, restart, rejoin } = await replicaWith({ replica: early, namespace: late });
  seen.runs = false;
  await rejoin();
  expect(seen.asked).toEqual([]);
  await restart();
  expect(seen.asked).toEqual(["start"]);
});

it("does not start again what is being stopped", async () => {
  const { seen, rejoin, stop, stopped } = await replicaWith({ replica: early, namespace: late });
  const stopping = stop();
  await soon(() => seen.asked).toEqual(["stop"]);
  await rejoin();
  expect(seen.asked).toEqual(["stop"]);
  stopped.resolve();
  await stopping;
  await rejoin();
  expect(seen.asked).toEqual(["stop", "restart"]);
});
