import { expect, it } from "vitest";
import { containersOf, numbered } from "../../../src/deploy/verbs/containers.ts";
import { container } from "../compose-parts.ts";
import { projectWorld } from "./project-world.ts";

const places = (containers: Parameters<typeof numbered>[0]) =>
  numbered(containers).map(({ name, service, index }) => `${name} ${service}.${index}`);

it("containers that are alike are counted from 1, oldest first", () => {
  const later = "2026-01-02T00:00:00.000Z";
  expect(
    places([
      container("shop-main-web-12", { service: "web", version: 3 }),
      container("shop-main-web-9", { service: "web", version: 3 }),
      container("shop-main-web-2", { service: "web", version: 3, createdAt: later }),
      container("shop-main-db-1", { service: "db" }),
    ]),
  ).toEqual([
    "shop-main-db-1 db.1",
    "shop-main-web-9 web.1",
    "shop-main-web-12 web.2",
    "shop-main-web-2 web.3",
  ]);
});

it("what takes another's place has its number", () => {
  expect(
    places([
      container("worker-2", { service: "worker", fingerprint: "new" }),
      container("worker-1", { service: "worker" }),
      container("web-8", { service: "web", version: 4 }),
      container("web-7", { service: "web", version: 3 }),
    ]),
  ).toEqual(["web-7 web.1", "web-8 web.1", "worker-2 worker.1", "worker-1 worker.1"]);
});

it("a service's old container is leaving as soon as it is to go", async () => {
  const { parts, app, containers } = await projectWorld();
  containers.set("worker-0", container("worker-0", { service: "worker", fingerprint: "older" }));
  parts.retiring.add("worker-0");
  const all = await containersOf(parts, app);
  expect(all.filter(({ leaving }) => leaving).map(({ id }) => id)).toEqual(["worker-0"]);
});
