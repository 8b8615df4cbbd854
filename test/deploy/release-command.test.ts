import { once } from "node:events";
import { describe, expect, it } from "vitest";
import type { Parts } from "../../src/deploy/parts.ts";
import { isCompose } from "../../src/deploy/plan/shape.ts";
import { lineReport } from "../../src/deploy/report.ts";
import { runReleaseCommand as runOfServices } from "../../src/deploy/services/release-command.ts";
import { createStartOrder } from "../../src/deploy/services/start-order.ts";
import { runReleaseCommand } from "../../src/deploy/containers/release-command.ts";
import type { Story } from "../../src/deploy/story/story.ts";
import type { ReplicaSpec, RunIo } from "../../src/ports.ts";
import { composeProject, service } from "./compose-parts.ts";
import { addRelease, project, testWorld, type World } from "./test-parts.ts";

type Run = (io: RunIo, signal: AbortSignal) => Promise<number>;

const command = "./migrate";
const published = [{ hostPort: 8125, containerPort: 8125, hostAddress: "" }];

/** A release command as the engine runs it, and what the pusher reads. */
function world(run: Run) {
  const specs: ReplicaSpec[] = [];
  const made = testWorld({
    engine: {
      run: async (spec, _argv, io, signal) => {
        specs.push(spec);
        return run(io, signal);
      },
    },
    composer: { run: async (_spec, _service, _argv, io, signal) => run(io, signal) },
  });
  const version = addRelease(made, "building");
  const lines: string[] = [];
  const told = (signal: AbortSignal): Story => ({
    app: "blog-main",
    version,
    createdAt: "2026-01-01T00:00:00.000Z",
    report: lineReport((line) => lines.push(line)),
    signal,
    commit: () => undefined,
    step: async (_name, work) => work(),
  });
  const within = (buildTimeoutMs: number): Parts => ({
    ...made.parts,
    settings: { ...made.parts.settings, buildTimeoutMs },
  });
  return { made, version, lines, specs, told, within };
}

async function ofDockerfile({ parts }: World, bounded: Parts, version: number, story: Story) {
  const app = parts.store.apps.find("blog-main");
  if (app === null) {
    throw new Error("the app is gone");
  }
  const candidate = {
    project: { ...project, release: command, hostname: "blog", published, addName: true },
    image: `sha256:${version}`,
    vars: { PORT: "80" },
  };
  await runReleaseCommand(bounded, app, candidate, story);
}

async function ofProject({ parts }: World, bounded: Parts, version: number, story: Story) {
  const services = [service("web")];
  const compose = composeProject(services, { release: { service: "web", command } });
  parts.store.releases.update("blog-main", version, { project: compose });
  const release = parts.store.releases.find("blog-main", version);
  if (release === null || !isCompose(release)) {
    throw new Error("the release is none of a project");
  }
  const done = async () => undefined;
  const order = createStartOrder(services, { start: done, healthy: done, completed: done });
  await runOfServices(bounded, release, order, story);
}

/** As the engine does, it ends with the signal's reason. */
const waitForLock: Run = async (io, signal) => {
  io.stdout.write("waiting for a lock\n");
  signal.throwIfAborted();
  await once(signal, "abort");
  signal.throwIfAborted();
  return 0;
};

describe.each([
  ["a Dockerfile", ofDockerfile],
  ["a project", ofProject],
])("the release command of %s", (_kind, obey) => {
  it("is stopped when it takes longer than a build may", async () => {
    const { made, version, lines, told, within } = world(waitForLock);
    const running = obey(made, within(20), version, told(new AbortController().signal));
    await expect(running).rejects.toMatchObject({
      code: "build-failed",
      message: "The release command was stopped because it took longer than 0.02 s: ./migrate",
    });
    expect(lines).toContain("       waiting for a lock");
  });

  it("is stopped when nobody waits for it any more", async () => {
    const { made, version, told, within } = world(waitForLock);
    const gone = new AbortController();
    const running = obey(made, within(60_000), version, told(gone.signal));
    gone.abort(new Error("a newer push came"));
    await expect(running).rejects.toThrow("a newer push came");
  });

  it("fails the release with its exit status", async () => {
    const { made, version, told, within } = world(async () => 3);
    const running = obey(made, within(60_000), version, told(new AbortController().signal));
    await expect(running).rejects.toThrow("ended with exit status 3: ./migrate");
  });
});

it("of a Dockerfile is run with its config vars, and takes neither name nor port from what serves", async () => {
  const { made, version, specs, told, within } = world(async () => 0);
  await ofDockerfile(made, within(60_000), version, told(new AbortController().signal));
  expect(specs).toMatchObject([
    {
      app: "blog-main",
      version,
      image: `sha256:${version}`,
      env: { CONTAINER_NAME: "blog", PORT: "80" },
      hostname: "",
      published: [],
      addName: false,
    },
  ]);
});
