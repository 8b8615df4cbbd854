import { expect, it } from "vitest";
import { planRepair } from "../../src/deploy/services/heal-services.ts";
import type { ComposeRelease } from "../../src/deploy/plan/shape.ts";
import { composeProject, container, service } from "./compose-parts.ts";

const app = { id: "shop-main", name: "shop", repository: "shop", branch: "main", stopped: false };
const job = service("job", { runs: "until-done", keep: false });

const live: ComposeRelease = {
  app: app.id,
  version: 2,
  status: "live",
  commit: "c".repeat(40),
  door: "push",
  by: "ann",
  reason: "push",
  image: null,
  project: composeProject([service("web"), service("worker"), job]),
  vars: {},
  domains: [],
  scale: 1,
  failure: null,
  steps: [],
  createdAt: "2026-01-01T00:00:00.000Z",
  finishedAt: null,
};

it("makes again what is missing, but no job that was tidied away", () => {
  const plan = planRepair(app, live, []);
  expect(plan.create.map((each) => each.service)).toEqual(["web", "worker"]);
});

it("makes and starts nothing for an app that is stopped", () => {
  const still = container("web", { service: "web", version: 2, state: "exited" });
  const plan = planRepair({ ...app, stopped: true }, live, [still]);
  expect([...plan.create, ...plan.start]).toEqual([]);
});

it("makes anew what cannot start again, and takes it away only then", () => {
  const db = container("db", { service: "worker", state: "exited", startable: false });
  const plan = planRepair(app, live, [db]);
  expect(plan.create.map((each) => each.service)).toContain("worker");
  expect(plan.leave).toEqual([db]);
  expect(planRepair({ ...app, stopped: true }, live, [db]).leave).toEqual([]);
});
