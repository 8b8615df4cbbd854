import type Docker from "dockerode";
import type { Log } from "../../system/log.ts";
import { DockerAnswer, tolerate } from "../client/docker.ts";

/** A container's place on a network, as Docker tells it: addresses are empty while the container stands still. */
export interface Endpoint {
  readonly IPAMConfig?: { readonly IPv4Address?: string; readonly IPv6Address?: string } | null;
  readonly Aliases?: readonly string[] | null;
  readonly Links?: readonly string[] | null;
  readonly DriverOpts?: Readonly<Record<string, string>> | null;
  readonly IPAddress?: string;
  readonly GlobalIPv6Address?: string;
  readonly MacAddress?: string;
}

/** An IPv4 address that was asked for; null where Docker chose. */
export function askedAddress({ IPAMConfig }: Endpoint): string | null {
  return IPAMConfig?.IPv4Address ?? null;
}

/** The same place with other names. Its MAC goes with it: younger engines would give it another one, unknown to the neighbours. */
export function withAliases(endpoint: Endpoint, aliases: readonly string[]): Endpoint {
  const { IPAMConfig, Links, DriverOpts, IPAddress, GlobalIPv6Address, MacAddress } = endpoint;
  return {
    IPAMConfig: {
      ...IPAMConfig,
      ...(IPAddress ? { IPv4Address: IPAddress } : {}),
      ...(GlobalIPv6Address ? { IPv6Address: GlobalIPv6Address } : {}),
    },
    Links: Links ?? null,
    DriverOpts: DriverOpts ?? null,
    ...(MacAddress ? { MacAddress } : {}),
    Aliases: aliases,
  };
}

/**
 * Takes a container off a network and puts it back in another way. One that cannot have its address again gets another,
 * rather than none. Gone is no error.
 */
export async function reconnect(
  docker: Docker,
  name: string,
  container: string,
  endpoint: Endpoint,
  log: Log,
): Promise<void> {
  const network = docker.getNetwork(name);
  const connect = (EndpointConfig: object) =>
    network.connect({ Container: container, EndpointConfig });
  await tolerate(network.disconnect({ Container: container }), 404);
  try {
    await tolerate(connect(endpoint), 404);
  } catch (error) {
    if (!(error instanceof DockerAnswer)) {
      throw error;
    }
    log.warn({ err: error, container, network: name }, "a container could not keep its address");
    await tolerate(connect({ Aliases: endpoint.Aliases }), 404);
  }
}
