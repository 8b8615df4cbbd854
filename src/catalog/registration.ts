import { createHash } from "node:crypto";
import type { CatalogService } from "../catalog-ports.ts";

/** Meta keys by which Goku knows its own services again; Consul takes letters, digits, `-` and `_`. */
export const instanceMeta = "goku-instance";
export const appMeta = "goku-app";
export const definitionMeta = "goku-definition";

/** A service as the agent takes it. */
export interface Registration {
  readonly id: string;
  readonly name: string;
  readonly address: string;
  readonly port: number;
  readonly tags: string[];
  readonly meta: Record<string, string>;
  readonly check?: HttpCheck;
}

interface HttpCheck {
  readonly name: string;
  readonly http: string;
  readonly interval: string;
  readonly timeout: string;
  readonly status: string;
}

const defaultInterval = "15s";
const checkTimeout = "10s";

/** `blog` at 10.213.0.5:8080 becomes `blog-10.213.0.5-8080`, with an HTTP check where a tag is `http`. */
export function registrationOf(
  instance: string,
  app: string,
  service: CatalogService,
): Registration {
  const { address, port, tags } = service;
  const definition = {
    id: `${app}-${address}-${port}`,
    name: app,
    address,
    port,
    tags: [...tags],
    ...(tags.includes("http") && { check: httpCheck(service) }),
  };
  return {
    ...definition,
    meta: {
      [instanceMeta]: instance,
      [appMeta]: app,
      [definitionMeta]: hashOf(JSON.stringify(definition)),
    },
  };
}

function httpCheck(service: CatalogService): HttpCheck {
  const http = checkUrl(service);
  return {
    name: `GET ${http}`,
    http,
    interval: service.interval ?? defaultInterval,
    timeout: checkTimeout,
    // It was probed before it was registered: without this it would be out of service until the first check.
    status: "passing",
  };
}

function checkUrl({ address, port, check }: CatalogService): string {
  const path = check ?? "/";
  if (/^https?:\/\//i.test(path)) {
    return path;
  }
  return `http://${address}:${port}${path.startsWith("/") ? "" : "/"}${path}`;
}

/** Short enough for a value of meta (512 characters). */
function hashOf(text: string): string {
  return createHash("sha256").update(text).digest("hex").slice(0, 16);
}
