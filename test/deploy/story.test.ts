import { expect, it } from "vitest";
import { silentReport } from "../../src/deploy/report.ts";
import { tellStory } from "../../src/deploy/story/story.ts";
import { unhealthy } from "../../src/errors.ts";
import { testWorld, type World } from "./test-parts.ts";
import { soon } from "../support/soon.ts";

const app = "blog-main";
const { signal } = new AbortController();
const request = { by: "ann", byAdmin: false, report: silentReport, signal };
const turn = { signal, commit: () => undefined };

function openingOf(world: World) {
  world.parts.store.apps.setDefaultBranch("blog", "main");
  world.parts.store.apps.create("blog", "main");
  return { app, commit: "c".repeat(40), door: "push", by: "ann", reason: "push" } as const;
}

it("goes on where only the time of a step could not be noted", async () => {
  const world = testWorld();
  const { store } = world.parts;
  const releases = {
    ...store.releases,
    addStep: () => {
      throw new Error("database or disk is full");
    },
  };
  const parts = { ...world.parts, store: { ...store, releases } };
  const opening = openingOf(world);
  const release = await tellStory(parts, opening, turn, request, async (story) => {
    expect(await story.step("publish", () => "published")).toBe("published");
    store.releases.goLive(app, story.version);
  });
  expect(release.status).toBe("live");
});

it("leaves no image of what did not go live", async () => {
  const kept: (readonly string[])[] = [];
  const world = testWorld({
    engine: {
      async pruneImages(_app, images) {
        kept.push(images);
        return true;
      },
    },
  });
  const opening = openingOf(world);
  const failing = tellStory(world.parts, opening, turn, request, async ({ version }) => {
    world.parts.store.releases.update(app, version, { image: "sha256:1" });
    throw unhealthy("blog-main.v1.1 was not healthy.", []);
  });
  await expect(failing).rejects.toThrow("was not healthy");
  await soon(() => kept).toEqual([[]]);
});
