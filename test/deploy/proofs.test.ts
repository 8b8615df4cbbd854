import { expect, it } from "vitest";
import { awaitCompleted } from "../../src/deploy/services/proofs.ts";
import { container } from "./compose-parts.ts";
import { testWorld } from "./test-parts.ts";

it("a job that does not end is told with the time it had", async () => {
  const { parts } = testWorld({
    engine: {
      inspectReplica: async () => ({
        running: true,
        restarting: false,
        exitCode: 0,
        oomKilled: false,
        restarts: 0,
        hasHealthcheck: false,
      }),
      logs: async function* () {
        yield "its last words";
      },
    },
  });
  const hasty = { ...parts, settings: { ...parts.settings, buildTimeoutMs: 30 } };
  const job = container("shop-main-migrate-1", { service: "migrate" });
  await expect(awaitCompleted(hasty, job, new AbortController().signal)).rejects.toMatchObject({
    message: "shop-main-migrate-1 had not ended after 0.03 s, and others wait for it to complete.",
    details: ["its last words"],
  });
});
