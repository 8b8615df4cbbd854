import { defineConfig } from "vitest/config";

/** `fast` runs without Docker; `docker` needs an engine and what test/setup.sh installs. */
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
          testTimeout: 120_000,
          hookTimeout: 180_000,
          fileParallelism: false,
          sequence: { groupOrder: 1 },
        },
      },
    ],
    coverage: { provider: "v8", include: ["src/**"] },
  },
});
