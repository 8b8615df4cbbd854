import { mkdir, readdir, readFile, symlink, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import { describe, expect, it } from "vitest";
import type { App } from "../../src/app.ts";
import { buildFailed } from "../../src/errors.ts";
import { lineReport, silentReport } from "../../src/deploy/report.ts";
import { makeImages } from "../../src/deploy/services/make-images.ts";
import { buildImage } from "../../src/deploy/containers/build-image.ts";
import { buildLogPath, removeBuildLogs, withBuildLog } from "../../src/deploy/story/build-log.ts";
import type { Revision } from "../../src/revision.ts";
import { composeProject, service } from "./compose-parts.ts";
import { type Failing, project, testWorld } from "./test-parts.ts";

function world(failing: Failing = {}) {
  const { parts } = testWorld(failing);
  const app = parts.store.apps.create("blog", "main");
  return { parts, app, path: buildLogPath(parts.settings.data, app.id, 3) };
}

/** Nothing can be written to a log at this path. */
async function fillDisk(path: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  await symlink("/dev/full", path);
}

const story = { version: 3, report: silentReport, signal: new AbortController().signal };

it("keeps the lines of a build, and tells them", async () => {
  const { parts, app, path } = world();
  const told: string[] = [];
  const report = lineReport((line) => told.push(line));
  const made = await withBuildLog(parts, app, { version: 3, report }, async (tell) => {
    tell("one");
    tell("two");
    return "sha256:1";
  });
  expect(made).toBe("sha256:1");
  expect(await readFile(path, "utf8")).toBe("one\ntwo\n");
  expect(told).toEqual(["       one", "       two"]);
});

it("ends with why a build failed", async () => {
  const { parts, app, path } = world();
  const work = async (tell: (line: string) => void) => {
    tell("[2/2] COPY gone /");
    throw buildFailed("The repository has no gone.", []);
  };
  await expect(withBuildLog(parts, app, story, work)).rejects.toThrow("no gone");
  expect(await readFile(path, "utf8")).toBe("[2/2] COPY gone /\nThe repository has no gone.\n");
});

it("names the folder whose disk is full", async () => {
  const { parts, app, path } = world();
  await fillDisk(path);
  const work = async (tell: (line: string) => void) => tell("one");
  await expect(withBuildLog(parts, app, story, work)).rejects.toMatchObject({
    code: "unavailable",
    message: expect.stringContaining(`The disk of ${dirname(path)} is full`),
  });
});

describe("a build that fails while its log cannot be kept", () => {
  const failure = buildFailed("The build failed.", ["make: no rule"], "Mend it.");
  const fail = async (tell: (line: string) => void) => {
    tell("make: no rule");
    throw failure;
  };
  const revision: Revision = {
    repository: "blog",
    branch: "main",
    commit: "c".repeat(40),
    previous: null,
    door: "push",
    by: "ann",
    byAdmin: false,
  };
  type Parts = ReturnType<typeof world>["parts"];
  const builds: [string, (parts: Parts, app: App) => Promise<unknown>][] = [
    ["Dockerfile", (parts, app) => buildImage(parts, app, revision, project, {}, story)],
    [
      "project",
      (parts, app) => {
        const read = {
          project: composeProject([service("web")], { images: {} }),
          model: { services: { web: { build: { context: "." } } } },
          tree: { folder: "/", owner: null },
          buildSecrets: [],
        };
        return makeImages(parts, app, revision.commit, read, {}, story);
      },
    ],
  ];

  it.each(builds)("of a %s says why it failed", async (_kind, build) => {
    const { parts, app, path } = world({
      engine: { buildImage: (_build, tell) => fail(tell) },
      composer: { build: (_build, tell) => fail(tell), fetchImages: async () => ({}) },
    });
    await fillDisk(path);
    await expect(build(parts, app)).rejects.toBe(failure);
  });
});

it("goes with its release, and the folder with the last", async () => {
  const { parts, app, path } = world();
  const { data } = parts.settings;
  const builds = dirname(dirname(path));
  await removeBuildLogs(data, app.id);
  await mkdir(dirname(path), { recursive: true });
  await Promise.all([3, 4].map((version) => writeFile(buildLogPath(data, app.id, version), "")));
  await removeBuildLogs(data, app.id, new Set([4, 5]));
  expect(await readdir(dirname(path))).toEqual(["v4.log"]);
  await removeBuildLogs(data, app.id);
  expect(await readdir(builds)).toEqual([]);
});
