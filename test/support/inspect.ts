import { z } from "zod";
import { containersOf, kindOf } from "./docker-api.ts";
import { exec } from "./exec.ts";
import type { TestHost } from "./test-host.ts";

/** One container of a project, as Docker tells it. */
export interface SeenContainer {
  readonly id: string;
  readonly service: string;
  readonly running: boolean;
  /** ISO 8601; other after every start. */
  readonly startedAt: string;
  readonly networks: readonly string[];
}

const inspectedSchema = z.array(
  z.object({
    Id: z.string(),
    State: z.object({ Running: z.boolean(), StartedAt: z.string() }),
    Config: z.object({ Labels: z.record(z.string(), z.string()) }),
    NetworkSettings: z.object({ Networks: z.record(z.string(), z.unknown()) }),
  }),
);

/** All containers of services of an app, in the order of their services and ids. */
export async function projectOf(host: TestHost, app: string): Promise<SeenContainer[]> {
  const ids = (await containersOf(host.instance))
    .filter((each) => each.labels["goku.app"] === app && kindOf(each) === "service")
    .map(({ id }) => id);
  if (ids.length === 0) {
    return [];
  }
  const found = await exec("docker", ["inspect", ...ids]);
  return inspectedSchema
    .parse(JSON.parse(found.stdout))
    .map(({ Id, State, Config, NetworkSettings }) => ({
      id: Id,
      service: Config.Labels["com.docker.compose.service"] ?? "",
      running: State.Running,
      startedAt: State.StartedAt,
      networks: Object.keys(NetworkSettings.Networks).sort(),
    }))
    .sort((one, other) => (one.service + one.id < other.service + other.id ? -1 : 1));
}

export async function idsOf(host: TestHost, app: string, service: string): Promise<string[]> {
  return (await projectOf(host, app)).flatMap((each) =>
    each.service === service ? [each.id] : [],
  );
}

/** Names of the app's networks and volumes. */
export async function thingsOf(host: TestHost, app: string): Promise<string[]> {
  const filters = [`goku.instance=${host.instance}`, `goku.app=${app}`];
  const args = filters.flatMap((label) => ["--filter", `label=${label}`]);
  const lists = await Promise.all([
    exec("docker", ["network", "ls", "--format", "network {{.Name}} {{.ID}}", ...args]),
    exec("docker", ["volume", "ls", "--format", "volume {{.Name}}", ...args]),
  ]);
  return lists
    .flatMap(({ stdout }) => stdout.split("\n"))
    .filter((line) => line !== "")
    .sort();
}
