import { expect, it } from "vitest";
import { isPlain, wishesOf } from "../../../src/engine/namespace/claims.ts";
import { namespaceOptions } from "../../../src/engine/namespace/namespace-options.ts";
import { createNames } from "../../../src/engine/names.ts";
import { specOf } from "../support.ts";

const names = createNames("goku");
const place = { network: "goku", address: "10.213.0.2" };
const spec = specOf({ image: "sha256:0" });

it("makes a generic one that asks for nothing but its address", () => {
  expect(namespaceOptions(names, "goku-namespace-1", place, null)).toMatchObject({
    name: "goku-namespace-1",
    Image: "goku-namespace",
    StopSignal: "SIGKILL",
    Labels: { "goku.instance": "goku", "goku.role": "namespace", "goku.generic": "true" },
    HostConfig: {
      NetworkMode: "goku",
      RestartPolicy: { Name: "unless-stopped" },
      PortBindings: {},
    },
    NetworkingConfig: { EndpointsConfig: { goku: { IPAMConfig: { IPv4Address: "10.213.0.2" } } } },
  });
});

it("makes one for a replica with its host name and ports", () => {
  const published = [
    { hostPort: 25, containerPort: 2525, hostAddress: "0.0.0.0" },
    { hostPort: 26, containerPort: 2525, hostAddress: "127.0.0.1" },
  ];
  const wishes = wishesOf({ ...spec, hostname: "mail.example.org", published }, null);
  const options = namespaceOptions(names, "goku-namespace-1", place, wishes);
  expect(options.Hostname).toBe("mail.example.org");
  expect(options.ExposedPorts).toEqual({ "2525/tcp": {} });
  expect(options.HostConfig?.PortBindings).toEqual({
    "2525/tcp": [
      { HostIp: "0.0.0.0", HostPort: "25" },
      { HostIp: "127.0.0.1", HostPort: "26" },
    ],
  });
  expect(options.Labels).toEqual({
    "goku.instance": "goku",
    "goku.role": "namespace",
    "goku.app": "web-main",
  });
});

it.each([
  [{}, true],
  [{ hostname: "x" }, false],
  [{ published: [{ hostPort: 1, containerPort: 1, hostAddress: "" }] }, false],
  [{ links: [{ alias: "redis", container: "web_redis" }] }, false],
  [{ addName: true }, false],
  [{ addName: true, index: 2 }, true],
  [{ memoryLimit: "64m", volumesFrom: "web_data" }, true],
])("knows whether a spare does: %j", (change, plain) => {
  expect(isPlain({ ...spec, ...change })).toBe(plain);
});

it("gives the app's name to the first container alone", () => {
  const aliases = (index: number) =>
    wishesOf({ ...spec, addName: true, index }, "goku-web-main-links").link?.aliases;
  expect(aliases(1)).toEqual(["web-main"]);
  expect(aliases(2)).toEqual([]);
});
