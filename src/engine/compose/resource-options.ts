import type Docker from "dockerode";
import type { ReleaseServices } from "../../compose-ports.ts";
import type { DefinitionPart } from "../../service.ts";
import { composeLabel, label } from "../labels.ts";
import type { Names } from "../names.ts";
import { formatSubnet, gatewayOf, type Subnet, upperHalf } from "../network/subnet.ts";
import { othersLabels } from "./services-definition.ts";
import { partOf, plain, plainStrings, textOf } from "./json-part.ts";

/** A network or volume of a project, as its definition has it. */
export interface Resource {
  readonly key: string;
  /** In Docker. */
  readonly name: string;
  readonly part: DefinitionPart;
}

export function networkOptions(
  names: Names,
  app: string,
  { key, name, part }: Resource,
  given: Subnet | null = null,
): Docker.NetworkCreateOptions {
  const subnet = given === null ? ownSubnet(part) : formatSubnet(given);
  const own = {
    [composeLabel.network]: key,
    ...(subnet === null ? {} : { [label.subnet]: subnet }),
  };
  return {
    Name: name,
    CheckDuplicate: true,
    Driver: typeof part["driver"] === "string" ? plain(part["driver"]) : "bridge",
    Internal: part["internal"] === true,
    Attachable: part["attachable"] === true,
    EnableIPv6: part["enable_ipv6"] === true,
    Options: plainStrings(part["driver_opts"]),
    ...(given === null ? ipamOptions(partOf(part["ipam"])) : { IPAM: ipamOf(given) }),
    Labels: resourceLabels(names, app, own, part),
  };
}

/** The file leaves the choice of addresses to us: a bridge of IPv4 alone, with no word on them. */
export function takesAnySubnet({ part }: Resource): boolean {
  const ipam = partOf(part["ipam"]);
  return (
    (part["driver"] ?? "bridge") === "bridge" &&
    part["enable_ipv6"] !== true &&
    ipam["driver"] === undefined &&
    (!Array.isArray(ipam["config"]) || ipam["config"].length === 0)
  );
}

/** What a network's label says of a subnet that is the file's own: in it Docker gives the addresses. */
export const subnetOfFile = "file";

/** Containers can be put on an address of a network only where its subnet was asked for. */
function ownSubnet(part: DefinitionPart): string | null {
  const pools = partOf(part["ipam"])["config"];
  const hasIpv4 = (pool: DefinitionPart) => /^[\d.]+\/\d+$/.test(textOf(pool["subnet"]));
  return Array.isArray(pools) && pools.map(partOf).some(hasIpv4) ? subnetOfFile : null;
}

function ipamOf(subnet: Subnet) {
  return {
    Driver: "default",
    Config: [
      {
        Subnet: formatSubnet(subnet),
        Gateway: gatewayOf(subnet),
        IPRange: formatSubnet(upperHalf(subnet)),
      },
    ],
  };
}

export function volumeOptions(
  names: Names,
  { app, origin }: Pick<ReleaseServices, "app" | "origin">,
  { key, name, part }: Resource,
): Docker.VolumeCreateOptions {
  return {
    Name: name,
    Driver: typeof part["driver"] === "string" ? plain(part["driver"]) : "local",
    DriverOpts: plainStrings(part["driver_opts"]),
    Labels: resourceLabels(
      names,
      app,
      { [composeLabel.volume]: key, [label.origin]: origin },
      part,
    ),
  };
}

/** With docker compose's own labels, so that its commands know them too. */
function resourceLabels(
  names: Names,
  app: string,
  own: Readonly<Record<string, string>>,
  part: DefinitionPart,
): Record<string, string> {
  return {
    ...plainStrings(othersLabels(part["labels"])),
    [composeLabel.project]: names.repository(app),
    ...own,
    [label.instance]: names.instance,
    [label.app]: app,
  };
}

function ipamOptions(ipam: DefinitionPart): Pick<Docker.NetworkCreateOptions, "IPAM"> {
  const pools = Array.isArray(ipam["config"]) ? ipam["config"].map(partOf) : [];
  const driver = ipam["driver"];
  if (pools.length === 0 && typeof driver !== "string") {
    return {};
  }
  const text = (value: unknown) => (typeof value === "string" ? plain(value) : undefined);
  return {
    IPAM: {
      Driver: text(driver) ?? "default",
      Options: plainStrings(ipam["options"]),
      Config: pools.map((pool) =>
        Object.assign(
          { AuxiliaryAddresses: plainStrings(pool["aux_addresses"]) },
          withText("Subnet", text(pool["subnet"])),
          withText("Gateway", text(pool["gateway"])),
          withText("IPRange", text(pool["ip_range"])),
        ),
      ),
    },
  };
}

function withText(key: string, value: string | undefined): Record<string, string> {
  return value === undefined ? {} : { [key]: value };
}
