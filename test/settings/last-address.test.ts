import { rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { lastAddress, noteAddress } from "../../src/settings/last-address.ts";
import { type Log, createLog } from "../../src/system/log.ts";
import { quickFolder } from "../support/quick-folder.ts";

const reached = (address: string, name = "eth0") => ({
  interfaces: {
    [name]: [
      {
        address,
        netmask: "255.255.255.0",
        family: "IPv4" as const,
        mac: "00:00:00:00:00:00",
        internal: false,
        cidr: null,
      },
    ],
  },
  links: ["eth0", name],
  upMs: 60_000,
  cores: 1,
  memory: 1,
});
const unreached = { interfaces: {}, links: ["eth0"], upMs: 60_000, cores: 1, memory: 1 };

function dataFolder(): string {
  const data = quickFolder("goku-address-");
  onTestFinished(() => rm(data, { recursive: true }));
  return data;
}

function notes(): { log: Log; warnings: string[] } {
  const warnings: string[] = [];
  return { log: createLog("warn", { write: (line) => void warnings.push(line) }), warnings };
}

test("what was found is kept for the next start, without a word", async () => {
  const data = dataFolder();
  const { log, warnings } = notes();
  for (const address of ["10.0.0.5", "10.0.0.7", "10.0.0.7"]) {
    await noteAddress({ data, domain: `${address}.sslip.io` }, log, reached(address));
    expect(await lastAddress(data)).toEqual({ address, link: "eth0" });
  }
  expect(warnings).toEqual([]);
});

test("a machine without an address is said to be that, once, and nothing is kept", async () => {
  const data = dataFolder();
  const { log, warnings } = notes();
  await noteAddress({ data, domain: "127.0.0.1.sslip.io" }, log, unreached);
  expect(warnings).toEqual([expect.stringContaining("127.0.0.1.sslip.io")]);
  expect(await lastAddress(data)).toBeNull();
});

test.each([unreached, reached("10.8.0.2", "wg0")])(
  "an address that is late is kept, and said to be (%#)",
  async (machine) => {
    const data = dataFolder();
    const { log, warnings } = notes();
    await noteAddress({ data, domain: "10.0.0.5.sslip.io" }, log, reached("10.0.0.5"));
    await noteAddress({ data, domain: "10.0.0.5.sslip.io" }, log, machine);
    expect(warnings).toEqual([expect.stringContaining("still end in 10.0.0.5.sslip.io")]);
    expect(await lastAddress(data)).toEqual({ address: "10.0.0.5", link: "eth0" });
  },
);

test("an address that does not come back is forgotten by a start long after the boot", async () => {
  const data = dataFolder();
  const { log, warnings } = notes();
  await noteAddress({ data, domain: "10.0.0.5.sslip.io" }, log, reached("10.0.0.5"));
  const later = { ...reached("10.0.0.9", "eth1"), upMs: 3_600_000 };
  await noteAddress({ data, domain: "10.0.0.9.sslip.io" }, log, later);
  expect(await lastAddress(data)).toEqual({ address: "10.0.0.9", link: "eth1" });
  expect(warnings).toEqual([]);
});

test.each([unreached, reached("10.8.0.2", "wg0")])(
  "where the domain is given, no word about addresses (%#)",
  async (machine) => {
    const data = dataFolder();
    const { log, warnings } = notes();
    await noteAddress({ data, domain: "apps.example.org" }, log, unreached);
    await noteAddress({ data, domain: "apps.example.org" }, log, reached("10.0.0.5"));
    await noteAddress({ data, domain: "apps.example.org" }, log, machine);
    expect(warnings).toEqual([]);
  },
);

test("where it cannot be written, Goku starts as well", async () => {
  const data = dataFolder();
  await writeFile(join(data, "file"), "");
  const { log, warnings } = notes();
  const domain = "10.0.0.5.sslip.io";
  await noteAddress({ data: join(data, "file"), domain }, log, reached("10.0.0.5"));
  expect(warnings).toEqual([expect.stringContaining("ENOTDIR")]);
});
