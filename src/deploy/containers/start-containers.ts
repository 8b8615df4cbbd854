import type { App } from "../../app.ts";
import type { Replica } from "../../ports.ts";
import { heal } from "../care/heal.ts";
import type { Parts } from "../parts.ts";
import { type Addressed, type DockerfileRelease, healthCheck, replicaSpec } from "../plan/shape.ts";
import type { Candidate } from "../story/candidate.ts";
import { awaitHealthy, waiterOf } from "../story/health.ts";
import { keepRunning, removeContainers } from "../story/keep-running.ts";
import { retireReplica } from "../story/retire.ts";
import type { Story } from "../story/story.ts";
import { assertOneContainer, holdersOf, makeRoom, needsRoom } from "./make-room.ts";

/**
 * The containers of a Dockerfile's release, beside the old ones; where those hold what it needs to itself, in their place.
 * @param onAddresses told where they will be before they are there; once more, should one get another address
 */
export async function startContainers(
  parts: Parts,
  app: App,
  release: DockerfileRelease,
  story: Story,
  onAddresses: (replicas: readonly Addressed[]) => void,
): Promise<Candidate> {
  assertOneContainer(release);
  const others = needsRoom(release) ? await parts.engine.listReplicas(app.id) : [];
  const holders = holdersOf(parts, release, others);
  if (holders.length > 0) {
    // What can be known to fail is to fail while the old one still runs.
    await parts.engine.checkNeeds(replicaSpec(app, release, 1));
  }
  const putBack = async () => {
    if (holders.length > 0) {
      await bringBack(parts, app);
    }
  };
  try {
    if (holders.length > 0) {
      story.signal.throwIfAborted();
      await makeRoom(parts, holders, story.report);
    }
    const replicas = await story.step("startCandidate", () =>
      startAll(parts, app, release, story, onAddresses),
    );
    return {
      replicas,
      async awaitHealthy() {
        const check = healthCheck(release, null, parts.settings.deadlineMs);
        await Promise.all(
          replicas.map((replica) =>
            awaitHealthy(parts.engine, replica, check, story.signal, waiterOf(story.report)),
          ),
        );
      },
      takeOver: async () => undefined,
      keep: () =>
        keepRunning(
          parts,
          replicas.map(({ id }) => id),
        ),
      async remove() {
        await removeContainers(parts, replicas);
        await putBack();
      },
      async retireOthers(signal) {
        // Newer versions are not its business, since the next deploy may have started already.
        const all = await parts.engine.listReplicas(app.id);
        const old = all.filter(({ version }) => version < release.version);
        await Promise.all(old.map((replica) => retireReplica(parts, replica, signal)));
      },
    };
  } catch (error) {
    await putBack();
    throw error;
  }
}

/** All replicas, or none: what started is removed when one cannot. */
async function startAll(
  parts: Parts,
  app: App,
  release: DockerfileRelease,
  story: Story,
  onAddresses: (replicas: readonly Addressed[]) => void,
): Promise<Replica[]> {
  const count = release.scale === 1 ? "" : ` (${release.scale} containers)`;
  story.report.step(`Starting ${app.id} v${release.version}${count}`);
  const addressed = new Map<number, Addressed>();
  const start = (at: number) =>
    parts.engine.startReplica(replicaSpec(app, release, at + 1), story.signal, (address) => {
      addressed.set(at, { service: null, index: at + 1, address });
      if (addressed.size === release.scale) {
        onAddresses([...addressed.values()]);
      }
    });
  const places = [...Array(release.scale).keys()];
  // Docker fills a new volume from the image for the first container, while another could be reading it already.
  const alone = release.project.volumes.length > 0 ? 1 : 0;
  const results = await Promise.allSettled(places.slice(0, alone).map(start));
  if (results.every(({ status }) => status === "fulfilled")) {
    results.push(...(await Promise.allSettled(places.slice(alone).map(start))));
  }
  const started = results.flatMap((result) =>
    result.status === "fulfilled" ? [result.value] : [],
  );
  const failed = results.find((result) => result.status === "rejected");
  if (failed !== undefined) {
    await removeContainers(parts, started);
    throw failed.reason;
  }
  return started;
}

/** The release that had to make room runs again. */
async function bringBack(parts: Parts, app: App): Promise<void> {
  try {
    await heal(parts, app, new AbortController().signal);
  } catch (error) {
    parts.log.error({ err: error, app: app.id }, "could not bring the previous release back");
  }
}
