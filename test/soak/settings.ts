/** How long a soak is, from its environment: a full run by default, less to see whether it works. */
export const soak = {
  /** Of deploys under load. */
  seconds: numberFrom("SOAK_SECONDS", 300),
  /** Apps that are asked; ten of them are deployed. */
  apps: numberFrom("SOAK_APPS", 50),
  /** Requests a second meanwhile. */
  perSecond: numberFrom("SOAK_RATE", 500),
  /** Goku's setting `parallel_deploys`; null for its own default. */
  parallel: process.env["SOAK_PARALLEL"] ?? null,
  /** Deploys of one Dockerfile app. */
  deploys: numberFrom("SOAK_DEPLOYS", 1000),
  /** Deploys of one compose project. */
  projectDeploys: numberFrom("SOAK_PROJECT_DEPLOYS", 100),
};

function numberFrom(name: string, fallback: number): number {
  const value = Number(process.env[name] ?? fallback);
  if (!Number.isInteger(value) || value < 1) {
    throw new Error(`${name} has to be a whole number from 1`);
  }
  return value;
}
