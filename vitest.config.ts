import { defineConfig } from "vitest/config";
import { LongestFirst } from "./test/support/longest-first.ts";

const fast = {
  test: {
    name: "fast",
    // Most of a small test file's time is its start; what they share in a process is only the modules.
    isolate: false,
    maxWorkers: 4,
    sequence: { groupOrder: 0 },
    include: ["test/**/*.test.ts"],
    exclude: ["test/**/*.docker.test.ts", "test/e2e/**", "test/soak/**"],
    testTimeout: 60_000,
    hookTimeout: 60_000,
  },
};

/** These measure what a busy machine falsifies, or set what the whole machine shares. */
const alone = [
  "test/e2e/greedy-builds.test.ts",
  "test/e2e/load-many.test.ts",
  "test/engine/build/caps.docker.test.ts",
];

const docker = {
  test: {
    name: "docker",
    include: ["test/**/*.docker.test.ts", "test/e2e/**/*.test.ts"],
    exclude: alone,
    testTimeout: 300_000,
    hookTimeout: 300_000,
    maxWorkers: 3,
    sequence: { groupOrder: 1 },
  },
};

const quiet = {
  test: {
    ...docker.test,
    name: "quiet",
    include: alone,
    exclude: [],
    fileParallelism: false,
    sequence: { groupOrder: 2 },
  },
};

const soak = {
  test: {
    name: "soak",
    include: ["test/soak/**/*.test.ts"],
    testTimeout: 3_600_000,
    hookTimeout: 600_000,
    fileParallelism: false,
  },
};

/**
 * `fast` runs without Docker; `docker` needs an engine and what test/setup.sh installs; `soak` takes half an hour and
 * runs alone: `npm run soak`, which asks for the mode of that name.
 */
export default defineConfig(({ mode }) => ({
  test: {
    globalSetup: "test/support/build-dist.ts",
    sequence: { sequencer: LongestFirst },
    projects: mode === "soak" ? [soak] : [fast, docker, quiet],
    coverage: { provider: "v8", include: ["src/**"] },
  },
}));
