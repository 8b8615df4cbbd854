import { expect, it } from "vitest";
import { describeFailure } from "../../src/engine/build/build-failure.ts";
import { createBuildLog } from "../../src/engine/build/build-log.ts";
import { readSaid } from "../../src/engine/compose/said.ts";
import { readRefusal } from "../../src/engine/image/transfer.ts";
import { appVolume, volumePaths } from "../../src/deploy/plan/app-volumes.ts";
import { hostPathFindings } from "../../src/project/compose/findings-mounts.ts";
import { parseModules } from "../../src/receiver/repository/submodule-list.ts";
import { resolveUrl } from "../../src/receiver/repository/submodule-url.ts";
import { processorClock } from "../support/processor-time.ts";

/* Long runs of what is taken off an end, and that are not at the end. */

const run = (of: string) => `${of.repeat(100_000)}x`;

const readers: Readonly<Record<string, () => unknown>> = {
  "a path of the server": () => hostPathFindings("it mounts what it may not", [run("/")]),
  "what docker compose says": () => readSaid(run(".")),
  "what a registry says": () => readRefusal(new Error(`a${run(" ")}`)),
  "a step's error": () => describeFailure("it failed", { ...step, error: run(".") }),
  "a step's output": () =>
    createBuildLog(() => undefined).add({
      vertexes: [],
      logs: [{ vertex: "a", text: `${run("\r")}\n` }],
    }),
  "the path of a submodule": () =>
    parseModules(`submodule.a.path\n${run("/")}\0submodule.a.url\nb\0`),
  "the URL of a submodule's submodule": () => resolveUrl("./a", run("/")),
  "a VOLUME": () => [appVolume(run("/")), volumePaths([run("/")], { mounts: [] }, [])],
};

const step = { name: "[1/1] RUN a", error: "", lastLines: [] };

it.each(Object.entries(readers))("%s is read at once", (_, read) => {
  const spentMs = processorClock();
  read();
  expect(spentMs()).toBeLessThan(200);
});
