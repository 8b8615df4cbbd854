import { expect, test } from "vitest";
import { type Machine, machineAddress } from "../../src/settings/machine.ts";

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
