import { expect, it } from "vitest";
import { linkedContainerMissing } from "../../src/errors.ts";
import { pushWorld } from "./push-world.ts";
import { soon } from "../support/soon.ts";

const dockerfile = (port: number, ...more: string[]) =>
  ["FROM scratch", `EXPOSE ${port}`, "# PORTS_FROM_HOST 2222 22", ...more].join("\n");

it("a container that a release needs is missed before the old one is stopped", async () => {
  const stopped: string[] = [];
  const world = await pushWorld({
    stopReplica: async (id) => void stopped.push(id),
    checkNeeds: async ({ links: [link] }) => {
      if (link !== undefined) {
        throw linkedContainerMissing(link.container, false, "goku");
      }
    },
  });
  const { lines, port } = world;
  await world.push(dockerfile(port));
  await soon(() => stopped).toContain("blog-main-3-1");
  stopped.length = 0;
  lines.length = 0;
  await expect(world.push(dockerfile(port, "# LINK_SERVICE redis"))).rejects.toThrow("blog_redis");
  expect(stopped).toEqual([]);
  expect(lines.join("\n")).not.toContain("stops before");
});

it("the time that the old container takes is told ahead, and part of what the push took", async () => {
  const world = await pushWorld();
  const { lines, port } = world;
  await world.push(dockerfile(port));
  const { releases } = world.parts.store;
  const find = releases.find.bind(releases);
  const slow = { createdAt: "2026-01-01T00:00:00.000Z", finishedAt: "2026-01-01T00:00:33.200Z" };
  releases.find = (app, version) => {
    const release = find(app, version);
    return release?.status === "live" ? { ...release, ...slow } : release;
  };
  await world.push(dockerfile(port, "CMD next"));
  expect(lines.filter((line) => line.includes("Stopping"))).toEqual([
    "       Stopping the old container; it has 30 s to end",
  ]);
  expect(lines).toContain("-----> v5 of blog-main is live (33.2 s)");
});
