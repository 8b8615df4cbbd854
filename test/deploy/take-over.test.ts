import { once } from "node:events";
import { createServer } from "node:http";
import { expect, it, onTestFinished } from "vitest";
import { restart } from "../../src/deploy/verbs/restart.ts";
import type { ReplicaState } from "../../src/ports.ts";
import { projectWorld, type ProjectWorld } from "./verbs/project-world.ts";

interface Shop {
  readonly world: ProjectWorld;
  /** `octo restart shop db`: a new web beside the old, and a new database in place of the old. */
  readonly restartDb: () => ReturnType<typeof restart>;
  readonly isOldDbUp: () => boolean;
  /** The web that is to serve. */
  readonly newWeb: () => string;
}

interface ShopOptions {
  /** What web answers at its CUSTOM_CHECK. */
  readonly answer: (shop: Shop) => number;
  /** The old database has just been stopped. */
  readonly onLoss?: (shop: Shop) => void;
  readonly deadlineMs?: number;
  /** What Docker tells of a container beyond its state. */
  readonly lookAt?: (shop: Shop, id: string, state: ReplicaState) => Partial<ReplicaState>;
}

async function startShop(options: ShopOptions): Promise<Shop> {
  const server = createServer((_request, response) => {
    response.writeHead(options.answer(shop)).end();
  });
  await once(server.listen(0, "127.0.0.1"), "listening");
  onTestFinished(() => void server.close());
  const address = server.address();
  const port = typeof address === "object" && address !== null ? address.port : 0;
  const world = await projectWorld({
    vars: { CUSTOM_CHECK: "/well" },
    project: { routes: [{ service: "web", port, domains: [] }] },
  });
  const { engine, settings } = world.parts;
  const shop: Shop = {
    world,
    isOldDbUp: () => world.containers.get("db-1")?.state === "running",
    newWeb: () => world.idsOf("web").find((id) => id !== "web-1") ?? "",
    restartDb: () =>
      restart(
        {
          ...world.parts,
          settings: { ...settings, deadlineMs: options.deadlineMs ?? 20_000 },
          engine: {
            ...engine,
            async stopReplica(id, graceMs) {
              const isLoss = id === "db-1" && shop.isOldDbUp();
              await engine.stopReplica(id, graceMs);
              if (isLoss) {
                options.onLoss?.(shop);
              }
            },
            async inspectReplica(id) {
              const state = await engine.inspectReplica(id);
              // Databases tell when they are up; those that do not are watched for a second.
              const hasHealthcheck = world.idsOf("db").includes(id);
              return state && { ...state, hasHealthcheck, ...options.lookAt?.(shop, id, state) };
            },
            runHealthcheck: async () => ({ exitCode: 0, output: "" }),
            logs: async function* () {
              yield "lost the database";
            },
          },
        },
        world.app,
        "db",
        world.request,
      ),
  };
  return shop;
}

const live = ({ parts, app }: ProjectWorld) => parts.store.releases.live(app.id)?.version;

it("a web that was well beside the old database and is not beside the new gets no traffic", async () => {
  const shop = await startShop({
    answer: ({ isOldDbUp }) => (isOldDbUp() ? 200 : 500),
    deadlineMs: 300,
  });
  await expect(shop.restartDb()).rejects.toMatchObject({
    code: "unhealthy",
    message: expect.stringMatching(
      /^web-new-\d+ was not healthy within .*: \/well on port \d+ answered 500/,
    ),
  });
  expect(live(shop.world)).toBe(1);
  expect(shop.world.idsOf("web")).toEqual(["web-1"]);
  expect(shop.world.idsOf("db")).toEqual(["db-1"]);
  expect(shop.isOldDbUp()).toBe(true);
});

it("one that finds the new database after a while is waited for", async () => {
  let answers = 0;
  const shop = await startShop({
    answer: ({ isOldDbUp }) => (isOldDbUp() || ++answers > 2 ? 200 : 500),
  });
  await shop.restartDb();
  expect(answers).toBe(3);
  expect(live(shop.world)).toBe(2);
});

it("one that ends when it loses its database is started again, once the new one is well", async () => {
  const shop = await startShop({
    answer: () => 200,
    onLoss: ({ world, newWeb }) => world.set(newWeb(), { state: "exited" }),
  });
  await shop.restartDb();
  expect(live(shop.world)).toBe(2);
  const id = shop.newWeb();
  expect(shop.world.containers.get(id)?.state).toBe("running");
  expect(shop.world.lines).toContain(`       ${id} has ended meanwhile; starting it again`);
});

it("one that Docker starts again over it is waited for", async () => {
  let looks = 0;
  const shop = await startShop({
    answer: () => 200,
    onLoss: ({ world, newWeb }) => world.set(newWeb(), { state: "restarting" }),
    lookAt({ world, newWeb }, id, { restarting }) {
      if (id === newWeb() && restarting && ++looks === 3) {
        world.set(id, { state: "running" });
      }
      return { restarts: looks };
    },
  });
  await shop.restartDb();
  expect(looks).toBe(3);
  expect(live(shop.world)).toBe(2);
});

it("one that ends once more has failed", async () => {
  const shop = await startShop({
    answer: ({ world, newWeb, isOldDbUp }) => {
      if (!isOldDbUp()) {
        world.set(newWeb(), { state: "exited" });
      }
      return isOldDbUp() ? 200 : 500;
    },
  });
  await expect(shop.restartDb()).rejects.toMatchObject({
    message: expect.stringMatching(/^web-new-\d+ ended with exit status 0/),
    details: ["lost the database", "The previous release is still serving."],
  });
  expect(live(shop.world)).toBe(1);
});
