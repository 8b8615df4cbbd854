import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it } from "vitest";
import { pushWorld } from "./push-world.ts";

it("a push says which folders of the server Docker will make, and nothing of those that are there", async () => {
  const { port, lines, ...world } = await pushWorld();
  const missing = join(tmpdir(), "goku-no-such-folder", "media");
  const mounts = [missing, tmpdir()].map((path) => `# MOUNT_FROM_HOST ${path} /in${path}`);
  await world.push(["FROM scratch", `EXPOSE ${port}`, ...mounts].join("\n"));
  expect(lines.filter((line) => line.includes("is not on the server"))).toEqual([
    `       ${missing} is not on the server yet (# MOUNT_FROM_HOST): Docker makes it, as an empty folder of root's.`,
  ]);
});
