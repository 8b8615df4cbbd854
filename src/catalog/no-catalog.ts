import type { Catalog } from "../catalog-ports.ts";

/** For a server without Consul. */
export const noCatalog: Catalog = {
  register: async () => undefined,
  deregister: async () => undefined,
};
