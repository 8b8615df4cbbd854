import { expect, it } from "vitest";
import { planServices } from "../../src/deploy/plan/service-plan.ts";
import { waitingForTwins } from "../../src/deploy/plan/twins.ts";
import { container, on, service } from "../deploy/compose-parts.ts";
import { bind, type Literal, read } from "../project/compose/read-literal.ts";
import { processorClock } from "../support/processor-time.ts";

/* What a release needs is found out while everybody else waits. */

const names = Array.from({ length: 200 }, (_, at) => `s${at + 100}`);
const folders = (name: string) => [1, 2, 3, 4, 5].map((at) => bind(`${name}/${at}`, `/${at}`));
const project = read({
  services: Object.fromEntries(names.map((name) => [name, { image: "a", volumes: folders(name) }])),
});

it.each([
  ["changes", (name: string) => name],
  ["gets another name", (name: string) => `${name}-before`],
])("a release in which all of the largest project %s is planned at once", (_, before) => {
  expect(project.mounts).toHaveLength(1000);
  const old = names.map((name) =>
    container(`${name}-1`, { service: before(name), writes: sourcesOf(name) }),
  );
  const spentMs = processorClock();
  const { create, leave } = planServices({ project, vars: {}, version: 2 }, old);
  expect(spentMs()).toBeLessThan(300);
  expect(leave).toHaveLength(200);
  expect(create.map((each) => [`${each.service}-1`, each.replaces.length])).toEqual(
    leave.map(({ id }) => [id, 1]),
  );
});

const inAllNamespacesOf = (host: string) =>
  Object.fromEntries(["network_mode", "ipc", "pid"].map((key) => [key, `service:${host}`]));
const long = Object.fromEntries(
  Array.from({ length: 30_000 }, (_, at) => [`option-${at}`, "x".repeat(70)]),
);

it.each([
  [
    "each shares the namespaces of the one before",
    {
      services: eachService((at) => (at === 0 ? {} : inAllNamespacesOf(names[at - 1] ?? ""))),
    },
  ],
  [
    "all share the namespaces of a long one",
    {
      services: eachService((at) =>
        at === 0 ? { environment: long } : inAllNamespacesOf(names[0] ?? ""),
      ),
    },
  ],
  [
    "all use a long network",
    {
      services: eachService(() => ({ networks: { long: null } })),
      networks: { long: { driver_opts: long } },
    },
  ],
])("a release is planned at once in which %s", (_, literal) => {
  const large = read(literal);
  const spentMs = processorClock();
  const { create } = planServices({ project: large, vars: {}, version: 2 }, []);
  expect(spentMs()).toBeLessThan(1000);
  expect(new Set(create.map((each) => each.fingerprint)).size).toBe(create.length);
});

function eachService(part: (at: number) => Literal): Literal {
  return Object.fromEntries(
    names.map((name, at) => [name, { image: "a", hostname: name, ...part(at) }]),
  );
}

/** Where the server keeps what the service mounts. */
function sourcesOf(name: string): string[] {
  return project.mounts.flatMap(({ path, source }) => (path.startsWith(`${name}/`) ? source : []));
}

it.each([
  ["DOMAINS", Array.from({ length: 12_000 }, (_, at) => `x${at}.example`).join(" ")],
  ["CONTAINERS", Array.from({ length: 12_000 }, (_, at) => `x${at}=1`).join(" ")],
])("a long %s is read once for all services", (name, value) => {
  const spentMs = processorClock();
  planServices({ project, vars: { [name]: value }, version: 2 }, []);
  expect(spentMs()).toBeLessThan(300);
});

it("what the largest project waits for is found at once", () => {
  const [routed, others] = [names.slice(0, 100), names.slice(100)];
  const services = [
    ...routed.map((name) => service(name)),
    ...others.map((name, at) =>
      service(name, { dependsOn: others.slice(0, at).map((other) => on(other)) }),
    ),
  ];
  const twins = new Map(others.map((name) => [name, [container(name, { service: name })]]));
  const spentMs = processorClock();
  const waiting = waitingForTwins(services, new Set(routed), twins);
  expect(spentMs()).toBeLessThan(100);
  expect(waiting.slice(0, 100).every(({ dependsOn }) => dependsOn.length === 100)).toBe(true);
});
