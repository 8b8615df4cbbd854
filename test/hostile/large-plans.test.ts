import { expect, it } from "vitest";
import { planServices } from "../../src/deploy/plan/service-plan.ts";
import { container } from "../deploy/compose-parts.ts";
import { bind, read } from "../project/compose/read-literal.ts";

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
  const began = process.cpuUsage();
  const { create, leave } = planServices({ project, vars: {}, version: 2 }, old);
  expect(process.cpuUsage(began).user / 1000).toBeLessThan(300);
  expect(leave).toHaveLength(200);
  expect(create.map(({ service, replaces }) => [`${service}-1`, replaces.length])).toEqual(
    leave.map(({ id }) => [id, 1]),
  );
});

/** Where the server keeps what the service mounts. */
function sourcesOf(name: string): string[] {
  return project.mounts.flatMap(({ path, source }) => (path.startsWith(`${name}/`) ? source : []));
}
