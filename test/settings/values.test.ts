import { expect, test } from "vitest";
import { table } from "../../src/settings/table.ts";

const value = (property: keyof typeof table, text: string) =>
  table[property].schema.safeParse(text);

test.each([
  ["http", "127.0.0.1:8080", { host: "127.0.0.1", port: 8080 }],
  ["http", ":8080", { host: "0.0.0.0", port: 8080 }],
  ["http", "[::1]:80", { host: "::1", port: 80 }],
  ["http", "localhost:80", { host: "127.0.0.1", port: 80 }],
  ["ssh", "off", null],
  ["ssh", ":22", { host: "0.0.0.0", port: 22 }],
  ["deadlineMs", "60s", 60_000],
  ["deadlineMs", "1.5m", 90_000],
  ["drainMs", "0s", 0],
  ["buildTimeoutMs", "1h", 3_600_000],
  ["stopMs", "250ms", 250],
  ["buildMemory", "2g", 2 ** 31],
  ["buildMemory", "512M", 2 ** 29],
  ["buildDiskFloor", "1.5GB", 1.5 * 2 ** 30],
  ["buildCpus", "0.5", 0.5],
  ["subnet", "10.224.0.0/16", "10.224.0.0/16"],
  ["subnet", "172.31.252.0/22", "172.31.252.0/22"],
  ["consul", "http://127.0.0.1:8500/", "http://127.0.0.1:8500"],
  ["consul", "https://consul.internal", "https://consul.internal"],
  ["consulPrefix", "servers/one", "servers/one"],
  ["registry", "127.0.0.1:5000", "127.0.0.1:5000"],
  ["registry", "registry.example.org/team", "registry.example.org/team"],
  ["registry", "localhost", "localhost"],
  ["domain", "Apps.Example.ORG.", "apps.example.org"],
  ["domain", "localhost", "localhost"],
  ["data", "/srv/goku/", "/srv/goku"],
  ["instance", "gkt-1234", "gkt-1234"],
  ["dockerSocket", "unix:///run/user/1000/docker.sock", "/run/user/1000/docker.sock"],
  ["dockerSocket", "/run/docker.sock", "/run/docker.sock"],
] as const)("%s takes %s", (property, text, expected) => {
  expect(value(property, text)).toEqual({ success: true, data: expected });
});

test.each([
  ["http", "80", "Write it as :80."],
  ["http", "example.org:80", "0.0.0.0:80"],
  ["http", "127.0.0.1", "0.0.0.0:80"],
  ["http", "::1:80", "[::1]:80"],
  ["http", ":0", "0.0.0.0:80"],
  ["http", ":65536", "0.0.0.0:80"],
  ["http", "off", "0.0.0.0:80"],
  ["deadlineMs", "60", "Write 60s for seconds"],
  ["deadlineMs", "0s", "60s"],
  ["deadlineMs", "1d", "60s"],
  ["deadlineMs", "25h", "60s"],
  ["deadlineMs", "-1s", "60s"],
  ["buildMemory", "2000000", "Write 2000000m for megabytes"],
  ["buildMemory", "half", "512m"],
  ["buildMemory", "0g", "512m"],
  ["buildCpus", "0", "1.5"],
  ["keepImages", "0", "Write 1 or more."],
  ["keepImages", "1.5", "Write 1 or more."],
  ["logLevel", "loud", "Write one of trace"],
  ["subnet", "10.213.0.0/8", "10.213.0.0/16"],
  ["subnet", "10.213.0.0/24", "10.213.0.0/16"],
  ["subnet", "10.213.7.0/16", "The network is 10.213.0.0/16."],
  ["subnet", "8.8.0.0/16", "10.0.0.0/8"],
  ["subnet", "10.300.0.0/16", "10.213.0.0/16"],
  ["consul", "127.0.0.1:8500", "http://127.0.0.1:8500"],
  ["consul", "localhost:8500", "http://127.0.0.1:8500"],
  ["consul", "http://127.0.0.1:8500/v1", "http://127.0.0.1:8500"],
  ["consulPrefix", "/goku", "no slash at either end"],
  ["registry", "http://r.org", "without http://"],
  ["registry", "team", "registry.example.org"],
  ["domain", "10.0.0.1", "10.0.0.1.sslip.io"],
  ["domain", "*.example.org", "apps.example.org"],
  ["domain", "a b", "apps.example.org"],
  ["data", "goku", "/var/lib/goku"],
  ["data", "/", "/var/lib/goku"],
  ["data", `/${"a".repeat(100)}`, "at most 97 bytes"],
  ["instance", "My_Goku", "lower-case"],
  ["dockerSocket", "tcp://10.0.0.1:2375", "unix:///var/run/docker.sock"],
  ["dockerSocket", `/${"a".repeat(107)}`, "unix:///var/run/docker.sock"],
] as const)("%s refuses %s and shows how", (property, text, fix) => {
  const [issue] = value(property, text).error?.issues ?? [];
  expect(issue).toMatchObject({ code: "custom", params: { fix: expect.stringContaining(fix) } });
});
