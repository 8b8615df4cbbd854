/** How a replica proves that it is well. */
export interface HealthCheck {
  /** The port that must accept connections; null for an app without HTTP. */
  readonly port: number | null;
  /** Where the port is written, for messages. */
  readonly portFrom: string;
  /** Path that must answer 2xx or 3xx (CUSTOM_CHECK); null for none. */
  readonly path: string | null;
  readonly host: string;
  readonly deadlineMs: number;
}
