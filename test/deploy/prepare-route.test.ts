import { describe, expect, it } from "vitest";
import { createRoutePreparation } from "../../src/deploy/story/prepare-route.ts";
import { isRunnable } from "../../src/deploy/plan/shape.ts";
import { nginxFailed } from "../../src/errors.ts";
import type { Route } from "../../src/route.ts";
import { addRelease, replica, testWorld } from "./test-parts.ts";

const app = { id: "blog-main", name: "blog", repository: "blog", branch: "main", stopped: false };

/** The preparation of a release in two containers, and the routes that nginx was asked about. */
function preparing(refusal: Error | null = null) {
  const asked: Route[] = [];
  const announced: string[] = [];
  const world = testWorld({
    router: {
      announce: async (id) => void announced.push(id),
      prepare: async (route) => {
        asked.push(route);
        if (refusal !== null) {
          throw refusal;
        }
        return { app: route.app, text: JSON.stringify(route.sites) };
      },
    },
  });
  const version = addRelease(world, "building");
  const release = world.parts.store.releases.find(app.id, version);
  if (release === null || !isRunnable(release)) {
    throw new Error("the release cannot be run");
  }
  return { preparation: createRoutePreparation(world.parts, app, release), asked, announced };
}

describe("the preparation of a route", () => {
  const replicas = [replica(app.id, 1, 1), replica(app.id, 1, 2)];

  it("announces the switch before there is an address", () => {
    const { asked, announced } = preparing();
    expect(announced).toEqual([app.id]);
    expect(asked).toEqual([]);
  });

  it("is done once for the addresses that were told ahead, in whatever order", async () => {
    const { preparation, asked } = preparing();
    preparation.ahead(replicas.toReversed());
    const prepared = await preparation.for(replicas);
    expect(asked).toHaveLength(1);
    expect(prepared?.text).toContain("10.0.1.2");
  });

  it("is done anew where a replica got another address than was told", async () => {
    const { preparation, asked } = preparing();
    preparation.ahead(replicas);
    const moved = replicas.map((one) => (one.index === 2 ? { ...one, address: "10.0.9.9" } : one));
    const prepared = await preparation.for(moved);
    expect(asked).toHaveLength(2);
    expect(prepared?.text).toContain("10.0.9.9");
    expect(prepared?.text).not.toContain("10.0.1.2");
  });

  it("keeps what is wrong with the route until it is asked for it", async () => {
    const refusal = nginxFailed("nginx does not accept the route of blog-main.");
    const { preparation, asked } = preparing(refusal);
    preparation.ahead(replicas);
    await expect(preparation.for(replicas)).rejects.toBe(refusal);
    expect(asked).toHaveLength(1);
  });
});
