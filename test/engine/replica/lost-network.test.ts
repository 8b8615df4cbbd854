import { mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { hasLostNetwork, type Started } from "../../../src/engine/replica/lost-network.ts";

const [replicaId, namespaceId] = ["a".repeat(64), "b".repeat(64)];
const [early, late] = ["2026-01-01T10:00:00.123456789Z", "2026-01-01T12:00:00.123456789Z"];

/** A /proc with these processes in it: each is in a container and a network. */
async function procOf(processes: Record<number, { container: string; network: number }>) {
  const proc = await mkdtemp(join(tmpdir(), "goku-proc-"));
  onTestFinished(() => rm(proc, { recursive: true }));
  for (const [pid, { container, network }] of Object.entries(processes)) {
    await mkdir(join(proc, pid, "ns"), { recursive: true });
    await symlink(`net:[${network}]`, join(proc, pid, "ns/net"));
    await writeFile(join(proc, pid, "cgroup"), `0::/system.slice/docker-${container}.scope\n`);
  }
  return proc;
}

function startedAt(replica: string, namespace: string): [Started, Started] {
  return [
    { Id: replicaId, State: { Pid: 11, StartedAt: replica } },
    { Id: namespaceId, State: { Pid: 22, StartedAt: namespace } },
  ];
}

const looksOlder = startedAt(early, late);
const looksYounger = startedAt(late, early);

describe("where the processes can be seen", () => {
  it.each([
    ["older", looksOlder],
    ["younger", looksYounger],
  ])("a replica that looks %s is where it should be", async (_, containers) => {
    const proc = await procOf({
      11: { container: replicaId, network: 7 },
      22: { container: namespaceId, network: 7 },
    });
    expect(await hasLostNetwork(...containers, proc)).toBe(false);
  });

  it.each([
    ["older", looksOlder],
    ["younger", looksYounger],
  ])("a replica that looks %s is in a network of the past", async (_, containers) => {
    const proc = await procOf({
      11: { container: replicaId, network: 6 },
      22: { container: namespaceId, network: 7 },
    });
    expect(await hasLostNetwork(...containers, proc)).toBe(true);
  });
});

describe("where the processes cannot be seen", () => {
  it("the times decide", async () => {
    const proc = await procOf({});
    expect(await hasLostNetwork(...looksOlder, proc)).toBe(true);
    expect(await hasLostNetwork(...looksYounger, proc)).toBe(false);
    expect(await hasLostNetwork(...startedAt(early, early), proc)).toBe(false);
  });

  it("others that have their numbers here count for nothing", async () => {
    const proc = await procOf({
      11: { container: "c".repeat(64), network: 6 },
      22: { container: "c".repeat(64), network: 7 },
    });
    expect(await hasLostNetwork(...looksYounger, proc)).toBe(false);
  });
});
