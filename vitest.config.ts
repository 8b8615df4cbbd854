import { defineConfig } from "vitest/config";

/** What measures, loads the machine or asks for all of it. */
const alone = [
  "test/e2e/load.test.ts",
  "test/e2e/compose-load.test.ts",
  "test/e2e/compose-catalogue.test.ts",
  "test/e2e/large-push.test.ts",
  "test/e2e/neighbours.test.ts",
  "test/engine/build/caps.docker.test.ts",
  "test/install/**/*.docker.test.ts",
];

/** `fast` runs without Docker; `docker` and `alone` need an engine and what test/setup.sh installs. */
export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: "fast",
          // Most of a small test file's time is its start; what they share in a process is only the modules.
          isolate: false,
          maxWorkers: 2,
          sequence: { groupOrder: 0 },
          include: ["test/**/*.test.ts"],
          exclude: ["test/**/*.docker.test.ts", "test/e2e/**"],
          testTimeout: 20_000,
          hookTimeout: 30_000,
        },
      },
      {
        test: {
          name: "docker",
          include: ["test/**/*.docker.test.ts", "test/e2e/**/*.test.ts"],
          exclude: alone,
          testTimeout: 120_000,
          hookTimeout: 180_000,
          // They wait more than they work, and each has a Goku of its own.
          maxWorkers: 2,
          sequence: { groupOrder: 1 },
        },
      },
      {
        test: {
          name: "alone",
          include: alone,
          testTimeout: 120_000,
          hookTimeout: 180_000,
          fileParallelism: false,
          sequence: { groupOrder: 2 },
        },
      },
    ],
    coverage: { provider: "v8", include: ["src/**"] },
  },
});
