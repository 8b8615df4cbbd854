import { z } from "zod";
import { type ConsulAddress, connectToConsul } from "../consul/connection.ts";
import { consulFailure } from "../consul/failure.ts";
import type { Catalog } from "../catalog-ports.ts";
import type { Log } from "../system/log.ts";
import {
  appMeta,
  definitionMeta,
  instanceMeta,
  type Registration,
  registrationOf,
} from "./registration.ts";

export interface ConsulCatalogOptions extends ConsulAddress {
  /** Several Gokus may share an agent; each touches only services with its own name in their meta. */
  readonly instance: string;
  readonly log: Log;
}

type Meta = Record<string, string>;

const servicesSchema = z.record(
  z.string(),
  z.object({ Meta: z.record(z.string(), z.string()).nullish() }),
);

/**
 * Services at the local Consul agent.
 * @throws consulUnavailable, consulRefused, consulDeclined from every method
 */
export function consulCatalog({ address, token, instance, log }: ConsulCatalogOptions): Catalog {
  const consul = connectToConsul({ address, token });

  const call = async <T>(work: () => Promise<T>): Promise<T> => {
    try {
      return await work();
    } catch (error) {
      throw consulFailure({ address, token }, error);
    }
  };

  /** Meta of this Goku's services of the app, by their ids. */
  const listOwn = (app: string): Promise<Map<string, Meta>> =>
    call(async () => {
      const services = servicesSchema.parse(await consul.agent.service.list());
      return new Map(
        Object.entries(services)
          .map(([id, { Meta }]) => [id, Meta ?? {}] as const)
          .filter(([, meta]) => meta[instanceMeta] === instance && meta[appMeta] === app),
      );
    });

  const add = (service: Registration) => call(() => consul.agent.service.register(service));

  const remove = async (app: string, id: string): Promise<void> => {
    try {
      await call(() => consul.agent.service.deregister(id));
    } catch (error) {
      // The agent answers 500 for a service it doesn't know: somebody was faster.
      if ((await listOwn(app)).has(id)) {
        throw error;
      }
    }
  };

  const register: Catalog["register"] = async (app, services) => {
    const wanted = services.map((service) => registrationOf(instance, app, service));
    const present = await listOwn(app);
    const missing = wanted.filter(
      ({ id, meta }) => present.get(id)?.[definitionMeta] !== meta[definitionMeta],
    );
    const surplus = [...present.keys()].filter((id) =>
      wanted.every((service) => service.id !== id),
    );
    // New before old: whoever looks in between finds one that answers.
    await Promise.all(missing.map(add));
    await Promise.all(surplus.map((id) => remove(app, id)));
    log.debug(
      { app, added: missing.map(({ id }) => id), removed: surplus },
      "Services registered.",
    );
  };

  return { register, deregister: (app) => register(app, []) };
}
