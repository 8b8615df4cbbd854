import type { ServiceContainer, ServicesSpec } from "../../../src/compose-ports.ts";
import { docker, never, type TestEngine, type TestInstance } from "../support.ts";

/** How tests make an instance's projects, look at them and take them away. */
export function projectsOf(test: TestInstance, engine: TestEngine) {
  const { composer } = engine;

  const create = (spec: ServicesSpec, signal = never) => composer.create(spec, signal);

  const start = async (containers: readonly ServiceContainer[]): Promise<void> => {
    for (const container of containers) {
      await composer.startService(container, never);
    }
  };

  const make = async (spec: ServicesSpec): Promise<readonly ServiceContainer[]> => {
    const { containers } = await create(spec);
    await start(containers);
    return containers;
  };

  /** Names of containers come from Docker's own list, which the composer reads too. */
  const listed = async (app: string, id: string): Promise<ServiceContainer> => {
    const found = (await composer.listServices(app)).find((each) => each.id === id);
    if (found === undefined) {
      throw new Error(`${id} is not listed`);
    }
    return found;
  };

  /** Names of what the instance has in Docker for an app. */
  const present = async (app: string) => {
    const filters = { label: [`goku.instance=${test.instance}`, `goku.app=${app}`] };
    const { Volumes } = await docker.listVolumes({ filters: JSON.stringify(filters) });
    return {
      containers: (await composer.listServices(app)).map(({ name }) => name).sort(),
      networks: (await docker.listNetworks({ filters })).map(({ Name }) => Name).sort(),
      volumes: (Volumes ?? []).map(({ Name }) => Name).sort(),
    };
  };

  /** Volumes stay. */
  const removeAll = async (app: string): Promise<void> => {
    for (const { id } of await composer.listServices(app)) {
      await engine.removeReplica(id);
    }
    await composer.removeUnusedNetworks(app);
  };

  return { create, start, make, listed, present, removeAll };
}

/** What is present of an app that nothing was made for. */
export const httpd = { command: ["httpd", "-f", "-p", "80"] };
export const sleeper = { command: ["sleep", "600"], stop_signal: "SIGKILL" };

export const nothing = { containers: [], networks: [], volumes: [] };
