import type { Rights } from "../ports.ts";

/** `admin`, `deploys blog, shop-*`, `reads *`: for events and tables. */
export function describeRights({ admin, deploy, read }: Rights): string {
  if (admin) {
    return "admin";
  }
  const deploys = deploy.length === 0 ? [] : [`deploys ${deploy.join(", ")}`];
  const reads = read.length === 0 ? [] : [`reads ${read.join(", ")}`];
  return [...deploys, ...reads].join("; ");
}
