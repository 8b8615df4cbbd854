import { expect, it } from "vitest";
import { chooseAddresses, nextFree } from "../../../src/engine/compose/addresses.ts";
import { askedAddress, withAliases } from "../../../src/engine/compose/endpoint.ts";
import type { ProjectNetwork } from "../../../src/engine/compose/project-networks.ts";
import { networkOptions, takesAnySubnet } from "../../../src/engine/compose/resource-options.ts";
import { servicesDefinition } from "../../../src/engine/compose/services-definition.ts";
import { createNames } from "../../../src/engine/names.ts";
import { givenAddresses, parseSubnet } from "../../../src/engine/network/subnet.ts";
import type { DefinitionPart } from "../../../src/service.ts";
import { definitionOf, wantedOf } from "./support.ts";

const names = createNames("goku");
const subnet = parseSubnet("10.213.128.0/26");
const network: ProjectNetwork = { name: "shop_default", subnet };
const subnets = new Map([
  ["shop_default", network],
  ["id1", network],
  ["shop_file", { name: "shop_file", subnet: null }],
]);
const definition = definitionOf({
  services: {
    web: { networks: { default: { aliases: ["front"] }, file: null } },
    app: { networks: { default: null } },
    lone: { network_mode: "none" },
  },
  networks: { default: {}, file: {} },
});

it("gives each container its own, after the highest in use, and begins again at the end", () => {
  const all = [...givenAddresses(subnet)];
  expect([all.length, all[0], all.at(-1)]).toEqual([30, "10.213.128.2", "10.213.128.31"]);
  expect(nextFree(subnet, new Set())).toBe("10.213.128.2");
  expect(nextFree(subnet, new Set(["10.213.128.2", "10.213.128.7"]))).toBe("10.213.128.8");
  expect(nextFree(subnet, new Set(["10.213.128.31"]))).toBe("10.213.128.2");
  expect(nextFree(subnet, new Set(all))).toBeNull();
});

it("chooses for each service, and leaves several of one and the file's own subnets to Docker", () => {
  const held = [
    { container: "old", network: "id1", address: "10.213.128.3" },
    { container: "other", network: "shop_default", address: "10.213.128.4" },
  ];
  const wanted = [wantedOf("web"), wantedOf("app", { count: 2 }), wantedOf("lone")];
  const chosen = chooseAddresses(names, { app: "shop", definition }, wanted, subnets, held);
  expect([...chosen]).toEqual([
    ["web", [{ key: "default", address: "10.213.128.5" }]],
    ["lone", []],
  ]);
});

it("gives the address of a container to the one that takes its place, and to no other", () => {
  const held = [{ container: "old", network: "id1", address: "10.213.128.3" }];
  const wanted = [wantedOf("app", { replaces: [{ id: "old" }] }), wantedOf("web")];
  const chosen = chooseAddresses(names, { app: "shop", definition }, wanted, subnets, held);
  expect([...chosen.values()].flat().map(({ address }) => address)).toEqual([
    "10.213.128.3",
    "10.213.128.4",
  ]);
});

it("gives an address to one alone where two take the place of one container", () => {
  const held = [{ container: "old", network: "id1", address: "10.213.128.3" }];
  const replaces = [{ id: "old" }];
  const wanted = [wantedOf("app", { replaces }), wantedOf("web", { replaces })];
  const chosen = chooseAddresses(names, { app: "shop", definition }, wanted, subnets, held);
  expect([...chosen.values()].flat().map(({ address }) => address)).toEqual([
    "10.213.128.3",
    "10.213.128.4",
  ]);
});

it("tells docker compose the addresses, beside the aliases", () => {
  const images = { web: "i", app: "i", lone: "i" };
  const spec = { app: "shop", version: 1, origin: "v1", definition, images };
  const places = new Map([["web", [{ key: "default", address: "10.213.128.5" }]]]);
  const wanted = [wantedOf("web"), wantedOf("app")];
  const made = servicesDefinition(names, spec, wanted, places);
  expect(made).toHaveProperty("services.web.networks", {
    default: { aliases: ["front"], ipv4_address: "10.213.128.5" },
    file: null,
  });
  expect(made).toHaveProperty("services.app.networks", { default: null });
});

it("makes a network in a subnet of ours only where the file says nothing about addresses", () => {
  const of = (part: DefinitionPart) => ({ key: "default", name: "shop_default", part });
  expect(takesAnySubnet(of({ ipam: {}, internal: true }))).toBe(true);
  expect(takesAnySubnet(of({ driver: "bridge", driver_opts: { mtu: "1400" } }))).toBe(true);
  expect(takesAnySubnet(of({ driver: "macvlan" }))).toBe(false);
  expect(takesAnySubnet(of({ enable_ipv6: true }))).toBe(false);
  expect(takesAnySubnet(of({ ipam: { driver: "own" } }))).toBe(false);
  const pools = { ipam: { config: [{ subnet: "10.9.0.0/24" }] } };
  expect(takesAnySubnet(of(pools))).toBe(false);
  const ours = networkOptions(names, "shop", of({}), subnet);
  expect(ours.Labels).toMatchObject({ "goku.subnet": "10.213.128.0/26" });
  expect(ours.IPAM?.Config).toEqual([
    { Subnet: "10.213.128.0/26", Gateway: "10.213.128.1", IPRange: "10.213.128.32/27" },
  ]);
  expect(networkOptions(names, "shop", of(pools)).Labels).toMatchObject({ "goku.subnet": "file" });
  expect(networkOptions(names, "shop", of({})).Labels).not.toHaveProperty("goku.subnet");
});

it("puts a container back where it was, under other names", () => {
  const endpoint = {
    IPAMConfig: null,
    Aliases: ["app"],
    Links: null,
    DriverOpts: null,
    IPAddress: "10.213.128.40",
    GlobalIPv6Address: "",
    MacAddress: "02:42:0a:d5:80:28",
  };
  const hidden = withAliases(endpoint, []);
  expect(hidden).toEqual({
    IPAMConfig: { IPv4Address: "10.213.128.40" },
    Links: null,
    DriverOpts: null,
    MacAddress: "02:42:0a:d5:80:28",
    Aliases: [],
  });
  expect([askedAddress(endpoint), askedAddress(hidden)]).toEqual([null, "10.213.128.40"]);
});
