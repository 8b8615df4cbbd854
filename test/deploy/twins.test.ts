import { expect, it } from "vitest";
import type { PlannedService } from "../../src/deploy/plan/service-plan.ts";
import { twinsOf, waitingForTwins } from "../../src/deploy/plan/twins.ts";
import { createStartOrder } from "../../src/deploy/services/start-order.ts";
import type { ServiceContainer } from "../../src/compose-ports.ts";
import { container, on, service } from "./compose-parts.ts";

const routed = new Set(["web"]);

function planned(name: string, more: Partial<PlannedService> = {}): PlannedService {
  const isRouted = routed.has(name);
  return { service: name, count: 1, fingerprint: "new", routed: isRouted, replaces: [], ...more };
}

const old = (name: string, more: Partial<ServiceContainer> = {}) =>
  container(`old-${name}`, { service: name, ...more });

it("are old containers of services that others who start now would find twice", () => {
  const services = [service("web", { dependsOn: [on("app")] }), service("app"), service("db")];
  const plan = {
    create: [planned("web"), planned("app"), planned("db", { replaces: [old("db")] })],
    leave: [old("web", { version: 1 }), old("app"), old("db"), old("gone")],
  };
  expect([...twinsOf(services, routed, plan)]).toEqual([["app", [old("app")]]]);
});

it("are those of a routed service only where another depends on it", () => {
  const both = new Set(["web", "api"]);
  const services = [service("web", { dependsOn: [on("api")] }), service("api")];
  const plan = { create: [planned("web"), planned("api")], leave: [old("web"), old("api")] };
  expect([...twinsOf(services, both, plan).keys()]).toEqual(["api"]);
});

it("are none of those that stand still, and none where nobody else starts", () => {
  const services = [service("web"), service("app")];
  const stopped = [old("app", { state: "exited" })];
  const both = [planned("web"), planned("app")];
  expect(twinsOf(services, routed, { create: both, leave: stopped }).size).toBe(0);
  const alone = { create: [planned("app")], leave: [old("app")] };
  expect(twinsOf(services, routed, alone).size).toBe(0);
});

it("are waited for by those that depend on them, and by routed services in any case", () => {
  const services = [
    service("web"),
    service("worker", { dependsOn: [on("app"), on("db")] }),
    service("app"),
    service("db"),
  ];
  const waiting = waitingForTwins(services, routed, new Map([["app", [old("app")]]]));
  expect(waiting.map(({ name, dependsOn }) => [name, dependsOn])).toEqual([
    ["web", [on("app", "service_healthy")]],
    ["worker", [on("app", "service_healthy"), on("db")]],
    ["app", []],
    ["db", []],
  ]);
});

it("change nothing where there are none", () => {
  const services = [service("web", { dependsOn: [on("app")] }), service("app")];
  expect(waitingForTwins(services, routed, new Map())).toEqual(services);
});

it("leave a job's condition as it is", () => {
  const job = on("job", "service_completed_successfully");
  const services = [service("web", { dependsOn: [job] }), service("job")];
  const waiting = waitingForTwins(services, routed, new Map([["job", [old("job")]]]));
  expect(waiting[0]?.dependsOn).toEqual([job]);
});

it("never have anybody wait for themselves, by whatever way", async () => {
  const both = new Set(["web", "front"]);
  const services = [
    service("web"),
    service("front"),
    service("one", { dependsOn: [on("front")] }),
    service("two", { dependsOn: [on("web")] }),
  ];
  const twins = new Map([
    ["one", [old("one")]],
    ["two", [old("two")]],
  ]);
  const started: string[] = [];
  const order = createStartOrder(waitingForTwins(services, both, twins), {
    start: async (name) => void started.push(name),
    healthy: async () => undefined,
    completed: async () => undefined,
  });
  await order.startAll();
  expect(started.toSorted()).toEqual(["front", "one", "two", "web"]);
});
