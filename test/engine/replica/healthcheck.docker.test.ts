import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { waitFor } from "../../../src/system/wait.ts";
import { docker, imageOf, never, specOf, testInstance } from "../support.ts";

const test = await testInstance();
const engine = test.connect();

beforeAll(() => engine.start());
afterAll(() => test.destroy());

describe("a replica", () => {
  it("tells its health by the image's own test", async () => {
    const image = await imageOf(engine, [
      "HEALTHCHECK --interval=1h CMD test -e /tmp/well || { echo not yet; exit 4; }",
      'CMD ["sleep", "600"]',
    ]);
    const replica = await engine.startReplica(specOf({ image }), never);
    expect((await engine.inspectReplica(replica.id))?.hasHealthcheck).toBe(true);
    expect(await engine.runHealthcheck(replica.id, 30_000)).toEqual({
      exitCode: 4,
      output: "not yet\n",
    });
    const touch = await docker.getContainer(replica.id).exec({ Cmd: ["touch", "/tmp/well"] });
    await touch.start({ Detach: true });
    const well = await waitFor(
      async () => (await engine.runHealthcheck(replica.id, 5_000)).exitCode === 0 || null,
      { timeoutMs: 60_000 },
    );
    expect(well).toBe(true);
    await engine.stopReplica(replica.id, 0);
    expect((await engine.runHealthcheck(replica.id, 5_000)).exitCode).toBe(-1);
    await engine.removeReplica(replica.id);
  });

  it("gives up on a test that does not end, and on the rest of one that talks too much", async () => {
    const image = await imageOf(engine, [
      'HEALTHCHECK --interval=1h CMD ["sh", "-c", "yes | head -c 100000; test -e /quick || sleep 60"]',
      'CMD ["sleep", "600"]',
    ]);
    const replica = await engine.startReplica(specOf({ image }), never);
    expect(await engine.runHealthcheck(replica.id, 300)).toEqual({
      exitCode: -1,
      output: "no answer within 300 ms",
    });
    const touch = await docker.getContainer(replica.id).exec({ Cmd: ["touch", "/quick"] });
    await touch.start({ Detach: true });
    const quick = await waitFor(
      async () => {
        const result = await engine.runHealthcheck(replica.id, 5_000);
        return result.exitCode === 0 ? result : null;
      },
      { timeoutMs: 60_000 },
    );
    expect(quick?.output.length).toBe(4096);
    await engine.removeReplica(replica.id);
  });
});
