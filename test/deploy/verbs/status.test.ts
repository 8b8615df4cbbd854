import { describe, expect, it } from "vitest";
import { appStatus, listStatus } from "../../../src/deploy/verbs/apps.ts";
import type { ServiceContainer } from "../../../src/compose-ports.ts";
import { projectWorld } from "./project-world.ts";

describe("a project is", () => {
  it("up with all services running, and jobs that are done", async () => {
    const { parts, app } = await projectWorld({ vars: { CONTAINERS: "worker=2" } });
    expect(await appStatus(parts, app)).toMatchObject({
      status: "up",
      scale: 1,
      services: [
        { name: "web", running: 1, scale: 1, routed: true, runs: "always" },
        { name: "worker", running: 2, scale: 2, routed: false, runs: "always" },
        { name: "db", running: 1, scale: 1, routed: false, runs: "always" },
        { name: "migrate", running: 0, scale: 1, routed: false, runs: "until-done" },
      ],
    });
  });

  it.each<[string, string, Partial<ServiceContainer>]>([
    ["its routed service has ended", "web-1", { state: "exited" }],
    ["its database dies again and again", "db-1", { state: "restarting" }],
    ["one of two workers has ended", "worker-2", { state: "exited" }],
    ["only an outdated worker runs", "worker-1", { fingerprint: "older" }],
  ])("down when %s", async (_, id, change) => {
    const world = await projectWorld({ vars: { CONTAINERS: "worker=2" } });
    world.set(id, change);
    expect((await appStatus(world.parts, world.app)).status).toBe("down");
  });

  it("stopped when somebody stopped it", async () => {
    const { parts, app } = await projectWorld();
    parts.store.apps.setStopped(app.id, true);
    const [status] = await listStatus(parts);
    expect(status?.status).toBe("stopped");
  });

  it("listed with one call for all", async () => {
    let calls = 0;
    const world = await projectWorld();
    const composer = {
      ...world.parts.composer,
      listServices: (app?: string) => {
        calls++;
        return world.parts.composer.listServices(app);
      },
    };
    expect(await listStatus({ ...world.parts, composer })).toMatchObject([{ status: "up" }]);
    expect(calls).toBe(1);
  });
});
