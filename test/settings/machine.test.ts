import { describe, expect, test } from "vitest";
import { lastingAddress, type Machine, machineAddress } from "../../src/settings/machine.ts";

const address = (ip: string, internal = false) => ({
  address: ip,
  netmask: "255.255.255.0",
  mac: "00:00:00:00:00:00",
  internal,
  cidr: null,
  ...(ip.includes(":") ? { family: "IPv6" as const, scopeid: 0 } : { family: "IPv4" as const }),
});

const of = (interfaces: Record<string, string[]>): Machine["interfaces"] =>
  Object.fromEntries(
    Object.entries(interfaces).map(([name, ips]) => [
      name,
      ips.map((ip) => address(ip, name === "lo")),
    ]),
  );

test("a public address is preferred, wherever it stands", () => {
  const interfaces = of({ lo: ["127.0.0.1"], eth0: ["10.0.0.5"], eth1: ["93.184.216.34"] });
  expect(machineAddress(interfaces)).toBe("93.184.216.34");
});

test.each(["10.1.2.3", "100.64.0.1", "169.254.1.1", "172.20.0.1", "192.168.1.9"])(
  "%s is not public",
  (ip) => expect(machineAddress(of({ eth0: [ip], eth1: ["1.1.1.1"] }))).toBe("1.1.1.1"),
);

test("without a public one, the first that is not Docker's own", () => {
  const interfaces = of({
    lo: ["127.0.0.1"],
    docker0: ["172.17.0.1"],
    "br-1234": ["10.213.0.1"],
    eth0: ["2001:db8::1", "192.168.1.9"],
    eth1: ["192.168.2.9"],
  });
  expect(machineAddress(interfaces)).toBe("192.168.1.9");
});

test("a machine without a network is itself", () => {
  expect(machineAddress(of({ lo: ["127.0.0.1"] }))).toBe("127.0.0.1");
});

test("an address that the machine gave itself leads nobody to it", () => {
  expect(machineAddress(of({ eth0: ["169.254.7.7"] }))).toBe("127.0.0.1");
  expect(machineAddress(of({ eth0: ["169.254.7.7"], eth1: ["10.0.0.5"] }))).toBe("10.0.0.5");
});

describe("where it was reached at the last start, by eth0", () => {
  const addressOf = (
    was: string,
    now: Record<string, string[]>,
    links = Object.keys(now),
    upMs = 9 * 60_000,
  ) =>
    lastingAddress({
      interfaces: of(now),
      links: ["lo", ...links],
      last: { address: was, link: "eth0" },
      upMs,
      cores: 1,
      memory: 1,
    });

  test.each<[string, Record<string, string[]>, string[]]>([
    ["nothing has an address", { lo: ["127.0.0.1"] }, ["eth0"]],
    ["there is no other interface at all", { lo: ["127.0.0.1"] }, []],
    ["eth0 gave itself one", { eth0: ["169.254.7.7"] }, ["eth0"]],
    ["eth0 has IPv6 alone", { eth0: ["2001:db8::1"] }, ["eth0"]],
    ["a VPN was there first", { wg0: ["10.8.0.2"] }, ["eth0", "wg0"]],
    ["the private network was there first", { eth1: ["10.0.0.5"] }, ["eth0", "eth1"]],
    ["another interface has it now", { eth1: ["10.9.9.9", "93.184.216.34"] }, ["eth0", "eth1"]],
  ])("stays while %s", (_, now, links) => {
    expect(addressOf("93.184.216.34", now, links)?.address).toBe("93.184.216.34");
  });

  test.each<[string, Record<string, string[]>, string[], string]>([
    ["eth0 has another", { eth0: ["10.0.0.7"] }, ["eth0"], "10.0.0.7"],
    ["eth0 has a public one", { eth0: ["1.1.1.1"] }, ["eth0"], "1.1.1.1"],
    ["a public one is elsewhere", { eth1: ["1.1.1.1"] }, ["eth0", "eth1"], "1.1.1.1"],
    ["there is no eth0 any more", { ens3: ["10.0.0.7"] }, ["ens3"], "10.0.0.7"],
  ])("gives way where %s", (_, now, links, found) => {
    expect(addressOf("10.0.0.5", now, links)).toEqual({ address: found, link: links.at(-1) });
  });

  test("gives way to any other once it is not late any more, though eth0 is there without one", () => {
    const now = { lo: ["127.0.0.1"], wlan0: ["192.168.1.9"] };
    const addressAfter = (minutes: number) =>
      addressOf("192.168.1.5", now, ["eth0", "wlan0"], minutes * 60_000);
    expect(addressAfter(9)?.address).toBe("192.168.1.5");
    expect(addressAfter(11)).toEqual({ address: "192.168.1.9", link: "wlan0" });
  });

  test("stays however long nothing else has one", () => {
    const now = { lo: ["127.0.0.1"] };
    expect(addressOf("10.0.0.5", now, ["eth0"], 11 * 60_000)?.address).toBe("10.0.0.5");
  });

  test.each([
    ["10.0.0.5", "10.0.0.7"],
    ["93.184.216.34", "1.1.1.1"],
    ["93.184.216.34", "10.0.0.7"],
  ])("stays %s though %s stands before it now", (was, first) => {
    expect(addressOf(was, { "eth0:1": [first], eth0: [was] })?.address).toBe(was);
    expect(addressOf(was, { eth1: [first, was] })).toEqual({ address: was, link: "eth1" });
  });
});
