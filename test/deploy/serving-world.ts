import { once } from "node:events";
import { createServer } from "node:net";
import { onTestFinished } from "vitest";
import { addRelease, type Failing, project, replica, testWorld, type World } from "./test-parts.ts";

export const servingApp = "blog-main";

/**
 * `blog-main` with three releases, red, green and green again. Replicas that start are well: they are this process, on a
 * port that accepts.
 */
export async function servingWorld(failing: Failing = {}): Promise<World> {
  const server = createServer((socket) => socket.destroy()).listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(() => void server.close());
  const address = server.address();
  const port = typeof address === "object" && address !== null ? address.port : 0;
  let made = 0;
  const world: World = testWorld({
    ...failing,
    engine: {
      startReplica: async ({ app: of, version, index, image }) => {
        const fresh = { ...replica(of, version, index), id: `made-${++made}`, image };
        const here = { ...fresh, address: "127.0.0.1" };
        world.replicas.set(here.id, here);
        return here;
      },
      inspectReplica: async () => ({
        running: true,
        restarting: false,
        exitCode: 0,
        oomKilled: false,
        restarts: 0,
        hasHealthcheck: false,
      }),
      ...failing.engine,
    },
  });
  const { releases } = world.parts.store;
  const add = (vars: Record<string, string>) => {
    const version = addRelease(world, "live", { vars });
    releases.update(servingApp, version, { project: { ...project, port } });
  };
  add({ COLOR: "red" });
  add({ COLOR: "green" });
  // As a restart leaves it: another version, and nothing else.
  add({ COLOR: "green" });
  releases.update(servingApp, 3, { image: "sha256:2" });
  await world.parts.vars.change("blog", { set: { COLOR: "green" }, remove: [] });
  return world;
}
