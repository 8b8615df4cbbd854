import type Docker from "dockerode";
import type { ReleaseServices } from "../../compose-ports.ts";
import type { Definition, DefinitionPart } from "../../service.ts";
import { blankLabels, label, roleLabels } from "../labels.ts";
import type { Names } from "../names.ts";
import { partOf } from "./json-part.ts";
import { bystander, imageOf, othersLabels, projectOf } from "./services-definition.ts";

/** What concerns the service's place among others, and not what a command finds around it. */
const leftOut = new Set([
  "ports",
  "container_name",
  "scale",
  "depends_on",
  "restart",
  "tty",
  "stdin_open",
]);

/**
 * A project with one service more: a container in the surroundings of `service` that nobody takes for it. It is known on
 * its networks by `name` alone.
 */
export function runDefinition(
  names: Names,
  source: ReleaseServices,
  service: string,
  name: string,
): DefinitionPart {
  const { app, definition, images, version } = source;
  const part = runPart(definition, service);
  const run = {
    ...part,
    ...imageOf(service, images),
    container_name: name,
    logging: { driver: "none" },
    labels: {
      ...othersLabels(part["labels"]),
      ...blankLabels,
      ...roleLabels(names.instance, "run", app),
      [label.release]: String(version),
    },
  };
  const others = Object.keys(definition.services).map(
    (each) => [each, bystander(images[each])] as const,
  );
  const services = { ...Object.fromEntries(others), [name]: run };
  return projectOf(names, app, definition, services, [part]);
}

/** The service without aliases, addresses, ports, replicas and restarts. */
export function runPart(definition: Definition, service: string): DefinitionPart {
  const part = partOf(definition.services[service]);
  const kept = Object.entries(part).filter(([key]) => !leftOut.has(key));
  const { replicas: _, restart_policy: __, ...deploy } = partOf(part["deploy"]);
  const networks = Object.keys(partOf(part["networks"])).map((key) => [key, null] as const);
  return {
    ...Object.fromEntries(kept),
    ...(part["deploy"] === undefined ? {} : { deploy }),
    ...(part["networks"] === undefined ? {} : { networks: Object.fromEntries(networks) }),
  };
}

/** What of an inspected container its copy is made from. */
export interface MadeContainer {
  readonly Id: string;
  readonly Config: Docker.ContainerCreateOptions & { readonly Hostname: string };
  readonly HostConfig: Docker.HostConfig;
  readonly NetworkSettings: { readonly Networks: Readonly<Record<string, unknown>> };
}

/**
 * The same container as docker compose made it, for a command with an input that can end: compose itself makes such
 * containers for its own `run` alone.
 */
export function runContainerOptions(
  made: MadeContainer,
  name: string,
  command: readonly string[],
  hasInput: boolean,
): { readonly options: Docker.ContainerCreateOptions; readonly further: readonly string[] } {
  const { Config, HostConfig, Id } = made;
  const { Hostname, ...config } = Config;
  const mode = HostConfig.NetworkMode ?? "";
  const isShared = /^(?:container:|host$|none$)/.test(mode);
  const [first, ...further] = isShared ? [] : Object.keys(made.NetworkSettings.Networks);
  return {
    options: {
      ...config,
      // Without a wish of the file, it is the container's id.
      ...(Id.startsWith(Hostname) || Hostname === "" ? {} : { Hostname }),
      name,
      Cmd: [...command],
      AttachStdout: true,
      AttachStderr: true,
      AttachStdin: hasInput,
      OpenStdin: hasInput,
      StdinOnce: hasInput,
      Tty: false,
      HostConfig: { ...HostConfig, NetworkMode: first ?? mode },
    },
    further,
  };
}
