import { expect, it, onTestFinished, vi } from "vitest";
import { createBackground } from "../../src/deploy/background.ts";
import { waitFor } from "../../src/system/wait.ts";
import { silentLog } from "../support/silent-log.ts";

it("has Node warn of no leak where much is done at once", async () => {
  const warn = vi.spyOn(process, "emitWarning").mockImplementation(() => undefined);
  onTestFinished(() => warn.mockRestore());
  const background = createBackground(silentLog());
  for (let at = 0; at < 11; at++) {
    background.start("waiting", async (signal) => {
      await waitFor(() => null, { timeoutMs: 60_000, signal });
    });
  }
  await background.close();
  expect(warn).not.toHaveBeenCalled();
});
