import { once } from "node:events";
import { createServer } from "node:http";
import { expect, it, onTestFinished } from "vitest";
import { restart } from "../../src/deploy/verbs/restart.ts";
import type { ReplicaState } from "../../src/ports.ts";
import type { ComposeProject } from "../../src/project.ts";
import { clock } from "../support/clock.ts";
import { composeProject, on, service } from "./compose-parts.ts";
import { projectWorld, type ProjectWorld, services } from "./verbs/project-world.ts";

interface Shop {
  readonly world: ProjectWorld;
  /** `octo restart shop db`: a new web beside the old, and a new database in place of the old. */
  readonly restartDb: () => ReturnType<typeof restart>;
  /** `octo restart shop web`, beside the old; nothing is replaced in place. */
  readonly restartWeb: () => ReturnType<typeof restart>;
  readonly isOldDbUp: () => boolean;
  /** The container that the release has made of the service, as far as it has. */
  readonly newOf: (name: string) => string;
}

interface ShopOptions {
  /** What web answers at its CUSTOM_CHECK. */
  readonly answer: (shop: Shop) => number;
  /** The old database has just been stopped. */
  readonly onLoss?: (shop: Shop) => void;
  /** Traffic is about to move. */
  readonly onPublish?: (shop: Shop) => void;
  readonly project?: ComposeProject;
  /** What Docker tells of a container beyond its state. */
  readonly lookAt?: (shop: Shop, id: string, state: ReplicaState) => Partial<ReplicaState>;
}

const deadlineMs = 20_000;

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
    project: { ...options.project, routes: [{ service: "web", port, domains: [] }] },
  });
  const { engine, router, settings } = world.parts;
  const shop: Shop = {
    world,
    isOldDbUp: () => world.containers.get("db-1")?.state === "running",
    newOf: (name) => world.idsOf(name).find((id) => id !== `${name}-1`) ?? "",
    restartDb: () => restartService("db"),
    restartWeb: () => restartService("web"),
  };
  const restartService = (name: string) =>
    restart(
      {
        ...world.parts,
        settings: { ...settings, deadlineMs },
        router: {
          ...router,
          async publish(routes, onServing) {
            options.onPublish?.(shop);
            await router.publish(routes);
            onServing?.();
          },
        },
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
      name,
      world.request,
    );
  return shop;
}

const live = ({ parts, app }: ProjectWorld) => parts.store.releases.live(app.id)?.version;

it("a web that was well beside the old database and is not beside the new gets no traffic", async () => {
  const { pass } = clock();
  const shop = await startShop({
    answer({ isOldDbUp }) {
      if (isOldDbUp()) {
        return 200;
      }
      pass(deadlineMs);
      return 500;
    },
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
    onLoss: ({ world, newOf }) => world.set(newOf("web"), { state: "exited" }),
  });
  await shop.restartDb();
  expect(live(shop.world)).toBe(2);
  const id = shop.newOf("web");
  expect(shop.world.containers.get(id)?.state).toBe("running");
  expect(shop.world.lines).toContain(`       ${id} has ended meanwhile; starting it again`);
});

it("one that Docker starts again over it is waited for", async () => {
  let looks = 0;
  const shop = await startShop({
    answer: () => 200,
    onLoss: ({ world, newOf }) => world.set(newOf("web"), { state: "restarting" }),
    lookAt({ world, newOf }, id, { restarting }) {
      if (id === newOf("web") && restarting && ++looks === 3) {
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
    answer: ({ world, newOf, isOldDbUp }) => {
      if (!isOldDbUp()) {
        world.set(newOf("web"), { state: "exited" });
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

it("what web needs is started again before web is asked, where it failed over it", async () => {
  const isUp = ({ world, newOf }: Shop) =>
    world.containers.get(newOf("worker"))?.state === "running";
  const shop = await startShop({
    answer: (seen) => (isUp(seen) ? 200 : 500),
    onLoss: ({ world, newOf }) => world.set(newOf("worker"), { state: "exited" }),
    lookAt: () => ({ exitCode: 1 }),
  });
  shop.world.set("worker-1", { fingerprint: "old" });
  await shop.restartDb();
  expect(live(shop.world)).toBe(2);
  const id = shop.newOf("worker");
  expect(isUp(shop)).toBe(true);
  expect(shop.world.lines).toContain(`       ${id} has ended meanwhile; starting it again`);
});

it("a worker that fails once more is told, and all is as it was", async () => {
  const shop = await startShop({
    answer: () => 200,
    lookAt({ isOldDbUp, newOf }, id) {
      return !isOldDbUp() && id === newOf("worker") ? { running: false, exitCode: 3 } : {};
    },
  });
  shop.world.set("worker-1", { fingerprint: "old" });
  await expect(shop.restartDb()).rejects.toMatchObject({
    message: expect.stringMatching(/^worker-new-\d+ ended with exit status 3/),
  });
  expect(live(shop.world)).toBe(1);
  expect(shop.world.idsOf("worker")).toEqual(["worker-1"]);
  expect(shop.isOldDbUp()).toBe(true);
});

it.each([
  ["ended well", "worker", 0],
  ["may end by itself", "migrate", 1],
])("what %s is not started again", async (_, name, exitCode) => {
  const shop = await startShop({
    answer: () => 200,
    onLoss: ({ world, newOf }) => world.set(newOf(name), { state: "exited" }),
    lookAt: ({ isOldDbUp }) => (isOldDbUp() ? {} : { exitCode }),
  });
  shop.world.set(`${name}-1`, { fingerprint: "old" });
  await shop.restartDb();
  expect(shop.world.lines.join("\n")).not.toContain("starting it again");
});

it("replaces what depends on a database after it, whatever it is called", async () => {
  const alone = { noTwin: "it writes to the volume data" };
  const project = composeProject([
    service("app", { ...alone, dependsOn: [on("worker")] }),
    ...services,
  ]);
  const shop = await startShop({ answer: () => 200, project });
  shop.world.set("app-1", { fingerprint: "old" });
  await shop.restartDb();
  const { acts } = shop.world;
  expect(acts.filter((act) => ["stop app-1", "stop db-1"].includes(act)).slice(0, 2)).toEqual([
    "stop db-1",
    "stop app-1",
  ]);
});

it("a job that outlasts its first second is not kept running; what ends over the loss is", async () => {
  const { pass } = clock();
  const project = composeProject([...services, service("seed")]);
  const proven = new Set<string>();
  const shop = await startShop({
    project,
    // Web is well only when the others have had their second, and seed is done.
    answer({ world, newOf }) {
      world.set(newOf("seed"), { state: "done" });
      return proven.has(newOf("seed")) && proven.has(newOf("worker")) ? 200 : 500;
    },
    lookAt({ newOf }, id) {
      const isFirst = [newOf("seed"), newOf("worker")].includes(id) && !proven.has(id);
      if (isFirst) {
        proven.add(id);
        pass(1_000);
      }
      return isFirst ? { running: true } : {};
    },
    onLoss: ({ world, newOf }) => world.set(newOf("worker"), { state: "exited" }),
  });
  shop.world.set("worker-1", { fingerprint: "old" });
  shop.world.set("seed-1", { fingerprint: "old" });
  await shop.restartDb();
  expect(shop.world.acts).toContain(`keep ${shop.newOf("worker")}`);
  expect(shop.world.acts).not.toContain(`keep ${shop.newOf("seed")}`);
});

it("a job that ends while the release goes live is not kept running either", async () => {
  const { pass } = clock();
  const shop = await startShop({
    project: composeProject([...services, service("seed")]),
    answer: () => 200,
    // The first second of each is over with the first look.
    lookAt() {
      pass(1_000);
      return {};
    },
    onPublish: ({ world, newOf }) => world.set(newOf("seed"), { state: "done" }),
  });
  shop.world.set("worker-1", { fingerprint: "old" });
  shop.world.set("seed-1", { fingerprint: "old" });
  await shop.restartWeb();
  expect(live(shop.world)).toBe(2);
  expect(shop.world.acts).toContain(`keep ${shop.newOf("worker")}`);
  expect(shop.world.acts).not.toContain(`keep ${shop.newOf("seed")}`);
});
