import { describe, expect, it } from "vitest";
import {
  addressesOf,
  formatSubnet,
  freeOf,
  gatewayOf,
  givenAddresses,
  guestsOf,
  parseAddress,
  parseSubnet,
  planSubnets,
  type Subnet,
  upperHalf,
} from "../../../src/engine/network/subnet.ts";
import { mostInFile } from "../../../src/project/compose/model.ts";
import { maxReplicas } from "../../../src/project/compose/services.ts";

it("reads a network, whatever address of it is named", () => {
  expect(formatSubnet(parseSubnet("10.213.7.9/16"))).toBe("10.213.0.0/16");
  expect(formatSubnet(parseSubnet("192.168.255.0/24"))).toBe("192.168.255.0/24");
});

it.each(["10.213.0.0", "10.213.0.0/33", "10.213.0.256/16", "10.0.0.0/30", "fd00::/64", ""])(
  "refuses %j",
  (text) => expect(() => parseSubnet(text)).toThrow(RangeError),
);

describe("the plan", () => {
  const { routed, projects, links } = planSubnets(parseSubnet("10.213.0.0/16"));
  const firstTwo = (subnets: readonly Subnet[]) => subnets.slice(0, 2).map(formatSubnet);

  it("halves a large network between routed networks, and projects and links", () => {
    expect(routed).toHaveLength(32);
    expect(firstTwo(routed)).toEqual(["10.213.0.0/22", "10.213.4.0/22"]);
    expect(links).toHaveLength(512);
    expect(firstTwo(links)).toEqual(["10.213.192.0/26", "10.213.192.64/26"]);
    expect(projects).toHaveLength(32 + 512);
    expect(firstTwo(projects)).toEqual(["10.213.128.0/23", "10.213.130.0/23"]);
    expect(projects.slice(32)).toEqual(links);
  });

  it("has room on a network of a project for as many as a project may have", () => {
    const [network = parseSubnet("10.0.0.0/26")] = projects;
    expect([...givenAddresses(network)].length).toBeGreaterThan(mostInFile.services);
    // Old and new ones, and the broadcast address.
    expect(2 ** (32 - upperHalf(network).prefix)).toBeGreaterThan(2 * maxReplicas + 1);
  });

  it("leaves links to Docker where there is little room", () => {
    expect(planSubnets(parseSubnet("192.168.7.0/24"))).toEqual({
      routed: [parseSubnet("192.168.7.0/24")],
      projects: [],
      links: [],
    });
  });

  it("gives what no network in use has an address of", () => {
    const used = ["10.213.131.64/26", "10.213.192.0/18", "fd00::/64", "172.17.0.0/16", "none"];
    expect(freeOf(projects, used).slice(0, 2).map(formatSubnet)).toEqual([
      "10.213.128.0/23",
      "10.213.132.0/23",
    ]);
    expect(freeOf(links, used)).toHaveLength(256 - 1);
    expect(freeOf(links, ["10.0.0.0/8"])).toEqual([]);
    expect(freeOf(links, ["0.0.0.0/0"])).toEqual([]);
    expect(freeOf(links, ["10.214.0.0/16"])).toEqual(links);
  });
});

describe("addresses", () => {
  const subnet = parseSubnet("10.213.252.0/22");

  it("are all but the network's own, the gateway's and those of guests", () => {
    const addresses = [...addressesOf(subnet)];
    expect(gatewayOf(subnet)).toBe("10.213.252.1");
    expect(formatSubnet(guestsOf(subnet))).toBe("10.213.255.240/28");
    expect(addresses[0]).toBe("10.213.252.2");
    expect(addresses.at(-1)).toBe("10.213.255.239");
    expect(addresses).toHaveLength(1024 - 2 - 16);
  });

  it("begin after the last one given, and come round", () => {
    const addresses = [...addressesOf(subnet, parseAddress("10.213.253.0"))];
    expect(addresses[0]).toBe("10.213.253.1");
    expect(addresses.at(-1)).toBe("10.213.253.0");
    expect(new Set(addresses).size).toBe(1024 - 2 - 16);
    const last = [...addressesOf(subnet, parseAddress("10.213.255.239"))];
    expect(last[0]).toBe("10.213.252.2");
    expect([...addressesOf(subnet, parseAddress("10.99.0.1"))][0]).toBe("10.213.252.2");
  });
});
