import type { Finding } from "../../service.ts";
import { type NameProblem, ownerAmong } from "./findings-names.ts";
import { isSet, listOf, recordOf, shown } from "./findings-values.ts";
import type { ComposeModel, ModelService } from "./model.ts";

type ModelNetwork = NonNullable<NonNullable<ComposeModel["networks"]>[string]>;

/** Ways of a service to the networks of others. */
export function serviceNetworkFindings(
  name: string,
  service: ModelService,
  otherApps: readonly string[],
): Finding[] {
  const { network_mode: mode = "", container_name: called = "" } = service;
  const logging = recordOf(service["logging"]);
  const owner = ownerAmong(otherApps, called);
  return [
    // Any other word is the name of a network; `host` and `container:` are said to be that.
    ...(/^(?:|default|none|host|(?:service|container):.*)$/.test(mode)
      ? []
      : [`joins the network ${shown(mode)}`]),
    ...listOf(service["external_links"]).map(
      (link) => `links to ${shown(link)}, a container of others`,
    ),
    ...Object.entries(service.networks ?? {})
      .filter(([, attachment]) => isSet(attachment?.["driver_opts"]))
      .map(([network]) => `sets driver_opts of the network ${network}`),
    // Docker itself sends to the address, from the server's own network.
    ...(isOwnLog(logging["driver"]) ? [] : [`logs by the driver ${shown(logging["driver"])}`]),
    ...(owner === null ? [] : [`is called ${shown(called)}, a name of the app ${owner}`]),
  ].map((text) => ({ kind: "networks", text: `service ${name} ${text}` }));
}

function isOwnLog(driver: unknown): boolean {
  return !isSet(driver) || ["json-file", "local", "journald", "none"].includes(String(driver));
}

/** Networks that are somebody else's, or reach past Docker's own bridges. */
export function networkFindings(model: ComposeModel, nameProblem: NameProblem): Finding[] {
  return Object.entries(model.networks ?? {})
    .flatMap(([key, network]) =>
      network === null
        ? []
        : ofNetwork(key, network, nameProblem).map((text) => `network ${key} ${text}`),
    )
    .map((text) => ({ kind: "networks", text }));
}

function ofNetwork(key: string, network: ModelNetwork, nameProblem: NameProblem): string[] {
  const { name, external = false, driver = "", driver_opts: options } = network;
  if (external) {
    return [`is external: ${shown(name ?? key)}`];
  }
  const problem = name === undefined ? null : nameProblem(name, key);
  return [
    ...(problem === null ? [] : [`is called ${shown(name)}, ${problem}`]),
    ...(/^(?:|default|bridge)$/.test(driver) ? [] : [`sets driver: ${shown(driver)}`]),
    ...Object.entries(options ?? {})
      .filter(([option]) => !harmlessOptions.has(option))
      .map(([option, value]) => `sets driver_opts: ${shown(option)}: ${shown(value)}`),
    ...addressFindings(network["ipam"]),
  ];
}

/** About the network itself. Others name an interface of the server, or open the way to the containers. */
const harmlessOptions = new Set([
  "com.docker.network.bridge.enable_icc",
  "com.docker.network.bridge.enable_ip_masquerade",
  "com.docker.network.bridge.host_binding_ipv4",
  "com.docker.network.container_iface_prefix",
  "com.docker.network.driver.mtu",
]);

/**
 * The server sends what is for a network of Docker's to its containers, whoever owned the addresses before: 8.8.8.0/24 would
 * make a container the name server of the whole machine. So only ranges are taken that belong to nobody else, as far as one
 * can tell: those that Docker itself chooses from first.
 */
function addressFindings(ipam: unknown): string[] {
  const { driver, config, options } = recordOf(ipam);
  return [
    ...(!isSet(driver) || driver === "default" ? [] : [`sets ipam.driver: ${shown(driver)}`]),
    ...(isSet(options) ? [`sets ipam.options: ${shown(options)}`] : []),
    ...listOf(config)
      .map((range) => recordOf(range)["subnet"])
      .filter((subnet) => isSet(subnet) && !isDockersOwn(String(subnet)))
      .map((subnet) => `takes the addresses ${shown(subnet)}`),
  ];
}

/** 172.17.0.0 to 172.30.255.255 in parts of at most a /16; 172.16 and 172.31 are what hosting companies like. Or fd00::/8. */
function isDockersOwn(subnet: string): boolean {
  const [, second = "", bits = ""] =
    /^172\.(\d{1,3})\.\d{1,3}\.\d{1,3}\/(\d{1,2})$/.exec(subnet) ?? [];
  const isV4 = Number(second) >= 17 && Number(second) <= 30 && Number(bits) >= 16;
  return isV4 || /^fd[0-9a-f]{2}:[0-9a-f:]*\/(?:4[89]|[5-9]\d|1[0-2]\d)$/i.test(subnet);
}
