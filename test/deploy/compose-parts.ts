import type { ServiceContainer } from "../../src/compose-ports.ts";
import type { ComposeProject } from "../../src/project.ts";
import type { Dependency, Service } from "../../src/service.ts";

export function service(name: string, more: Partial<Service> = {}): Service {
  return {
    name,
    image: null,
    replicas: 1,
    dependsOn: [],
    noTwin: null,
    runs: "always",
    keep: true,
    ...more,
  };
}

/** A project with these services, the first of which is routed. */
export function composeProject(
  services: readonly Service[],
  more: Partial<ComposeProject> = {},
): ComposeProject {
  const names = services.map(({ name }) => name);
  const [first] = names;
  return {
    kind: "compose",
    file: "compose.yaml",
    submodules: false,
    services,
    routes: first === undefined ? [] : [{ service: first, port: 80, domains: [] }],
    domains: [],
    release: null,
    definition: {
      services: Object.fromEntries(names.map((name) => [name, { command: ["run", name] }])),
      networks: {},
      volumes: {},
      secrets: {},
      configs: {},
    },
    mounts: [],
    findings: [],
    images: Object.fromEntries(names.map((name) => [name, `sha256:${name}`])),
    notes: [],
    ...more,
  };
}

export function container(
  name: string,
  more: Partial<ServiceContainer> & Pick<ServiceContainer, "service">,
): ServiceContainer {
  return {
    id: name,
    name,
    app: "shop-main",
    fingerprint: "old",
    version: null,
    image: "sha256:1",
    address: null,
    state: "running",
    startable: true,
    writes: [],
    createdAt: "2026-01-01T00:00:00.000Z",
    ...more,
  };
}

/** What a service can depend on. */
export const on = (
  name: string,
  condition: Dependency["condition"] = "service_started",
): Dependency => ({
  service: name,
  condition,
  required: true,
});
