import { setImmediate as nextTurn } from "node:timers/promises";
import { expect, it } from "vitest";
import { restart } from "../../src/deploy/verbs/restart.ts";
import { nginxFailed } from "../../src/errors.ts";
import { deferred } from "../../src/system/deferred.ts";
import { composeProject, on, service } from "./compose-parts.ts";
import { projectWorld } from "./verbs/project-world.ts";

/** web does not wait for a worker that waits for it, so that it is proven beside the check of the route. */
const services = [service("web"), service("worker", { dependsOn: [on("web")] })];

it("a project whose route is refused gets its names back after the last was taken", async () => {
  const order: string[] = [];
  const hiding = deferred<void>();
  const { definition, images } = composeProject(services);
  const world = await projectWorld({
    project: { services, definition, images },
    composer: {
      async hideNames(containers) {
        const ids = containers.map(({ id }) => id).join();
        if (ids === "worker-1") {
          hiding.resolve();
          for (let at = 0; at < 100; at++) {
            await nextTurn();
          }
        }
        order.push(`hidden ${ids}`);
      },
      async showNames(containers) {
        order.push(`shown ${containers.map(({ id }) => id).join()}`);
      },
    },
  });
  const prepare = async () => {
    await hiding.promise;
    throw nginxFailed("nginx refused it.");
  };
  const parts = { ...world.parts, router: { ...world.parts.router, prepare } };
  const restarting = restart(parts, world.app, null, world.request);
  await expect(restarting).rejects.toThrow("nginx refused it.");
  expect(order).toEqual(["hidden web-1", "hidden worker-1", "shown web-1,worker-1"]);
  expect([...world.containers.keys()]).toEqual(["web-1", "worker-1"]);
});

it("a route that is refused ends the wait for services that are not well yet", async () => {
  const { definition, images } = composeProject(services);
  const world = await projectWorld({ project: { services, definition, images } });
  const proving = deferred<void>();
  const { engine, router } = world.parts;
  const parts = {
    ...world.parts,
    engine: {
      ...engine,
      async inspectReplica(id: string) {
        const state = await engine.inspectReplica(id);
        if (!id.startsWith("worker-new") || state === null) {
          return state;
        }
        proving.resolve();
        return { ...state, restarting: true, hasHealthcheck: true };
      },
    },
    router: {
      ...router,
      async prepare() {
        await proving.promise;
        throw nginxFailed("nginx refused it.");
      },
    },
  };
  const restarting = restart(parts, world.app, null, world.request);
  await expect(restarting).rejects.toThrow("nginx refused it.");
});
