/** Consul's service catalogue; does nothing where there is no Consul. */
export interface Catalog {
  /** The app's services become exactly these; idempotent. */
  register(app: string, services: readonly CatalogService[]): Promise<void>;
  deregister(app: string): Promise<void>;
}

export interface CatalogService {
  readonly address: string;
  readonly port: number;
  readonly tags: readonly string[];
  /** Path or URL of the HTTP check; null for `/`. */
  readonly check: string | null;
  /** Consul's notation: `15s`. */
  readonly interval: string | null;
}
