import type Docker from "dockerode";
import type { PublishedPort } from "../../project.ts";
import { label, roleLabels } from "../labels.ts";
import type { Names } from "../names.ts";
import type { Place } from "../network/routed-networks.ts";
import { namespaceCommand } from "./namespace-image.ts";

/** What a replica asks of its network namespace that one made for any replica does not have. */
export interface NamespaceWishes {
  readonly app: string;
  /** Empty for any. */
  readonly hostname: string;
  readonly published: readonly PublishedPort[];
  /** A second network and the names it is known by there; null for none. */
  readonly link: { readonly network: string; readonly aliases: readonly string[] } | null;
}

export function namespaceOptions(
  names: Names,
  name: string,
  place: Place,
  wishes: NamespaceWishes | null,
): Docker.ContainerCreateOptions {
  return {
    name,
    Image: names.namespaceImage,
    Cmd: namespaceCommand,
    User: "65534:65534",
    // SIGTERM means nothing to a process 1 without a handler: stopping would take the whole grace period.
    StopSignal: "SIGKILL",
    Labels: {
      ...roleLabels(names.instance, "namespace", wishes?.app ?? null),
      ...(wishes === null ? { [label.generic]: "true" } : {}),
    },
    ...(wishes === null || wishes.hostname === "" ? {} : { Hostname: wishes.hostname }),
    ExposedPorts: Object.fromEntries(
      (wishes?.published ?? []).map(({ containerPort }) => [`${containerPort}/tcp`, {}]),
    ),
    HostConfig: {
      NetworkMode: place.network,
      PortBindings: portBindings(wishes?.published ?? []),
      RestartPolicy: { Name: "unless-stopped" },
      LogConfig: { Type: "none", Config: {} },
      ReadonlyRootfs: true,
      CapDrop: ["ALL"],
      SecurityOpt: ["no-new-privileges"],
    },
    NetworkingConfig: {
      EndpointsConfig: { [place.network]: { IPAMConfig: { IPv4Address: place.address } } },
    },
  };
}

function portBindings(published: readonly PublishedPort[]) {
  const bindings: Record<string, { HostIp: string; HostPort: string }[]> = {};
  for (const { containerPort, hostAddress, hostPort } of published) {
    (bindings[`${containerPort}/tcp`] ??= []).push({
      HostIp: hostAddress,
      HostPort: String(hostPort),
    });
  }
  return bindings;
}
