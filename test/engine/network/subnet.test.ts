import { describe, expect, it } from "vitest";
import {
  addressesOf,
  formatSubnet,
  gatewayOf,
  guestsOf,
  parseAddress,
  parseSubnet,
  planSubnets,
} from "../../../src/engine/network/subnet.ts";

it("reads a network, whatever address of it is named", () => {
  expect(formatSubnet(parseSubnet("10.213.7.9/16"))).toBe("10.213.0.0/16");
  expect(formatSubnet(parseSubnet("192.168.255.0/24"))).toBe("192.168.255.0/24");
});

it.each(["10.213.0.0", "10.213.0.0/33", "10.213.0.256/16", "10.0.0.0/30", "fd00::/64", ""])(
  "refuses %j",
  (text) => expect(() => parseSubnet(text)).toThrow(RangeError),
);

describe("the plan", () => {
  it("halves a large network between routed networks and links", () => {
    const { routed, links } = planSubnets(parseSubnet("10.213.0.0/16"));
    expect(routed).toHaveLength(32);
    expect(routed.slice(0, 2).map(formatSubnet)).toEqual(["10.213.0.0/22", "10.213.4.0/22"]);
    expect(links).toHaveLength(512);
    expect(links.slice(0, 2).map(formatSubnet)).toEqual(["10.213.128.0/26", "10.213.128.64/26"]);
  });

  it("leaves links to Docker where there is little room", () => {
    expect(planSubnets(parseSubnet("192.168.7.0/24"))).toEqual({
      routed: [parseSubnet("192.168.7.0/24")],
      links: [],
    });
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
