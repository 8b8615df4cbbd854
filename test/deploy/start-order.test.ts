import { expect, it } from "vitest";
import { createStartOrder, dependenciesFirst } from "../../src/deploy/services/start-order.ts";
import { on, service } from "./compose-parts.ts";

function recorded(failing?: string) {
  const done: string[] = [];
  const note = (what: string) => async (name: string) => {
    await Promise.resolve();
    if (name === failing && what === "start") {
      throw new Error(`${name} cannot start`);
    }
    done.push(`${what} ${name}`);
  };
  const actions = { start: note("start"), healthy: note("healthy"), completed: note("completed") };
  return { done, actions };
}

it("starts services after those they depend on, each once", async () => {
  const { done, actions } = recorded();
  const services = [
    service("web", {
      dependsOn: [on("db", "service_healthy"), on("migrate", "service_completed_successfully")],
    }),
    service("worker", { dependsOn: [on("db", "service_healthy")] }),
    service("migrate", { dependsOn: [on("db")] }),
    service("db"),
  ];
  await createStartOrder(services, actions).startAll();
  expect(done.toSorted()).toEqual(
    [
      "start db",
      "healthy db",
      "start migrate",
      "completed migrate",
      "start web",
      "start worker",
    ].toSorted(),
  );
  expect(done.indexOf("start db")).toBe(0);
  expect(done.indexOf("completed migrate")).toBeLessThan(done.indexOf("start web"));
  expect(done.indexOf("healthy db")).toBeLessThan(done.indexOf("start worker"));
});

it("does without a dependency whose profile is not active", async () => {
  const { done, actions } = recorded();
  const web = service("web", { dependsOn: [{ ...on("debug"), required: false }] });
  await createStartOrder([web], actions).startAll();
  expect(done).toEqual(["start web"]);
});

it("does not start what depends on something that failed, and says why it failed", async () => {
  const { done, actions } = recorded("db");
  const services = [service("web", { dependsOn: [on("db")] }), service("db"), service("other")];
  await expect(createStartOrder(services, actions).startAll()).rejects.toThrow("db cannot start");
  expect(done).toEqual(["start other"]);
});

it("puts services after those they depend on, by whatever way, and without those that are not there", () => {
  const services = [
    service("app", { dependsOn: [on("cache"), on("worker"), { ...on("debug"), required: false }] }),
    service("cache"),
    service("db"),
    service("worker", { dependsOn: [on("db"), on("cache")] }),
  ];
  const ordered = dependenciesFirst(services).map(({ name }) => name);
  expect(ordered).toEqual(["cache", "db", "worker", "app"]);
});
