import { describe, expect, it } from "vitest";
import {
  isDone,
  planLines,
  planServices,
  type ServicePlan,
} from "../../src/deploy/plan/service-plan.ts";
import { fingerprint } from "../../src/project/compose/fingerprint.ts";
import { composeProject, container, service } from "./compose-parts.ts";

const database = service("db", { noTwin: "it writes to the volume data" });
const project = composeProject([service("web"), service("worker"), database]);
const release = { project, vars: {}, version: 2 };
const print = (name: string) => fingerprint(project, name);

const webOf = (version: number) =>
  container(`web-${version}`, { service: "web", version, address: `10.0.0.${version}` });
const worker = container("worker", { service: "worker", fingerprint: print("worker") });
const db = container("db", { service: "db", fingerprint: print("db") });

const names = (list: readonly { readonly service: string }[]) => list.map((each) => each.service);

describe("a plan", () => {
  it("makes everything where there is nothing, and replaces nothing", () => {
    const plan = planServices(release, []);
    expect(names(plan.create)).toEqual(["web", "worker", "db"]);
    expect(plan.create.every(({ replaces }) => replaces.length === 0)).toBe(true);
    expect(plan.create.map(({ routed }) => routed)).toEqual([true, false, false]);
  });

  it("leaves alone what did not change, and gives routed services containers of the release", () => {
    const plan = planServices(release, [webOf(1), worker, db]);
    expect(names(plan.create)).toEqual(["web"]);
    expect(plan.keep).toEqual([worker, db]);
    expect(plan.leave).toEqual([webOf(1)]);
  });

  it("puts a changed service beside the old, or in its place where there cannot be two", () => {
    const changed = [webOf(1), { ...worker, fingerprint: "x" }, { ...db, fingerprint: "x" }];
    const plan = planServices(release, changed);
    const replaced = Object.fromEntries(plan.create.map((each) => [each.service, each.replaces]));
    expect(replaced).toEqual({ web: [], worker: [], db: [changed[2]] });
    expect(plan.leave).toEqual(changed);
  });

  it("has nothing to do for a release that runs", () => {
    expect(isDone(planServices(release, [webOf(2), worker, db]))).toBe(true);
  });

  it("makes what is missing, starts what stands still, lets go of what is too much", () => {
    const twice = { ...worker, id: "other", createdAt: "2026-01-02T00:00:00.000Z" };
    const still = { ...db, state: "exited" as const };
    const plan = planServices(release, [worker, twice, still]);
    expect(names(plan.create)).toEqual(["web"]);
    expect(plan.start).toEqual([still]);
    // The newer one stays.
    expect(plan.leave).toEqual([worker]);
  });

  it("prefers what runs to what is newer", () => {
    const newer = {
      ...worker,
      id: "newer",
      state: "exited" as const,
      createdAt: "2026-02-01T00:00:00.000Z",
    };
    const plan = planServices(release, [webOf(2), db, newer, worker]);
    expect(plan.keep.filter((each) => each.service === "worker")).toEqual([worker]);
  });

  it("does not start a job that is done again, unless the app was stopped", () => {
    const job = service("job", { runs: "until-done", keep: false });
    const jobs = { ...release, project: composeProject([service("web"), job]) };
    const done = container("job", {
      service: "job",
      state: "exited",
      fingerprint: fingerprint(jobs.project, "job"),
    });
    expect(planServices(jobs, [webOf(2), done]).start).toEqual([]);
    expect(planServices(jobs, [webOf(2), done], new Set(), true).start).toEqual([done]);
    const created = { ...done, state: "created" as const };
    expect(planServices(jobs, [webOf(2), created]).start).toEqual([created]);
  });

  it("leaves what ended by itself with status 0, where the file has no word about it", () => {
    const silent = { ...worker, state: "done" as const };
    expect(planServices(release, [webOf(2), silent, db]).start).toEqual([]);
    const failed = { ...worker, state: "exited" as const };
    expect(planServices(release, [webOf(2), failed, db]).start).toEqual([failed]);
    const loud = {
      ...release,
      project: composeProject([service("web"), service("worker", { keep: false })]),
    };
    const stopped = { ...silent, fingerprint: fingerprint(loud.project, "worker") };
    expect(planServices(loud, [webOf(2), stopped]).start).toEqual([stopped]);
  });

  it("replaces a routed container that never got its address: a Goku that was killed left it", () => {
    const left = { ...webOf(2), address: null, state: "created" as const };
    const plan = planServices(release, [left, worker, db]);
    expect(plan.create.map((each) => [each.service, each.count])).toEqual([["web", 1]]);
    expect(plan.leave).toEqual([left]);
    expect(plan.start).toEqual([]);
  });

  it("starts a routed container again however it ended", () => {
    const ended = { ...webOf(2), state: "done" as const };
    expect(planServices(release, [ended, worker, db]).start).toEqual([ended]);
  });

  it("lets services go that the file no longer has", () => {
    const cache = container("cache", { service: "cache" });
    expect(planServices(release, [webOf(2), worker, db, cache]).leave).toEqual([cache]);
  });

  it("follows CONTAINERS, and the file where nobody said", () => {
    const scaled = { ...release, vars: { CONTAINERS: "3 worker=2" } };
    const plan = planServices(scaled, [worker, db]);
    const counts = plan.create.map((each) => [each.service, each.count]);
    expect(counts).toEqual([
      ["web", 3],
      ["worker", 1],
    ]);
    const inFile = composeProject([service("web", { replicas: 2 })]);
    expect(planServices({ ...release, project: inFile }, []).create[0]?.count).toBe(2);
  });

  it("makes new containers of fresh services although nothing changed", () => {
    const plan = planServices(release, [webOf(1), worker, db], new Set(["worker"]));
    expect(names(plan.create)).toEqual(["web", "worker"]);
  });
});

describe("the plan as it is told", () => {
  const told = (plan: ServicePlan) => planLines(release, plan).map(({ text }) => text);

  it("warns that what serves is off the air while it is replaced in place, and of nothing else", () => {
    const alone = service("web", { noTwin: "it publishes port 3000 of the server" });
    const published = { ...release, project: { ...project, services: [alone, database] } };
    const plan = planServices(published, [webOf(1), { ...db, fingerprint: "x" }]);
    expect(planLines(published, plan)).toEqual([
      {
        as: "warn",
        text: "web: replaced in place, last, since it publishes port 3000 of the server; it is off the air until the new one is well",
      },
      { as: "detail", text: "db: replaced in place, last, since it writes to the volume data" },
    ]);
  });

  it("names what is replaced in place and why, what stays and what goes", () => {
    const cache = container("cache", { service: "cache" });
    const plan = planServices(release, [webOf(1), worker, { ...db, fingerprint: "x" }, cache]);
    expect(told(plan)).toEqual([
      "web: started beside the old",
      "db: replaced in place, last, since it writes to the volume data",
      "worker: unchanged, left alone",
      "cache: no longer in the file, goes last; its volumes stay",
    ]);
  });

  it("says how many go of a service that is to run in fewer containers", () => {
    const more = [worker, { ...worker, id: "worker-2" }, { ...worker, id: "worker-3" }];
    const plan = planServices(release, [webOf(1), db, ...more]);
    expect(told(plan)).toContain("worker: unchanged, 2 fewer of it");
  });

  it("says of what stands still that it is started", () => {
    const plan = planServices(release, [webOf(1), worker, { ...db, state: "exited" }]);
    expect(told(plan).slice(1)).toEqual([
      "worker: unchanged, left alone",
      "db: unchanged, started",
    ]);
  });

  it("says of a first release only what starts", () => {
    expect(told(planServices(release, []))).toEqual([
      "web: started",
      "worker: started",
      "db: started",
    ]);
  });
});
