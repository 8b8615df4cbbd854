import { Readable } from "node:stream";
import type { App } from "../../src/app.ts";
import { deploy } from "../../src/deploy/deploy.ts";
import type { Parts, Request } from "../../src/deploy/parts.ts";
import { lineReport } from "../../src/deploy/report.ts";
import type { Engine } from "../../src/ports.ts";
import type { Release } from "../../src/release.ts";
import { servingApp, servingWorld } from "./serving-world.ts";
import type { World } from "./test-parts.ts";

/** The world of `blog-main` that serves as v3, and takes pushes. */
export interface PushWorld {
  readonly world: World;
  readonly parts: Parts;
  readonly app: App;
  /** Where replicas answer. */
  readonly port: number;
  /** Lines that whoever asks reads. */
  readonly lines: string[];
  readonly request: Request;
  /** Pushes a tree with this Dockerfile. */
  push(dockerfile: string): Promise<Release>;
}

export async function pushWorld(engine: Partial<Engine> = {}): Promise<PushWorld> {
  let text = "";
  let pushes = 0;
  const world = await servingWorld({
    engine: { buildImage: async () => `sha256:pushed-${pushes}`, ...engine },
    repositories: {
      readFiles: async () => new Map([["Dockerfile", text]]),
      archive: () => Readable.from([]),
    },
  });
  const parts: Parts = {
    ...world.parts,
    settings: { ...world.parts.settings, registry: null, stopMs: 30_000 },
  };
  const app = parts.store.apps.find(servingApp);
  const project = parts.store.releases.live(servingApp)?.project;
  if (app === null || project?.kind !== "dockerfile" || project.port === null) {
    throw new Error("nothing serves");
  }
  const lines: string[] = [];
  const request: Request = {
    by: "ann",
    byAdmin: true,
    report: lineReport((line) => lines.push(line)),
    signal: new AbortController().signal,
  };
  const push = async (dockerfile: string) => {
    text = dockerfile;
    pushes += 1;
    const revision = {
      repository: "blog",
      branch: "main",
      commit: String(pushes).repeat(40),
      previous: null,
      door: "push" as const,
      by: "ann",
      byAdmin: true,
    };
    return deploy(parts, revision, request);
  };
  return { world, parts, app, port: project.port, lines, request, push };
}
