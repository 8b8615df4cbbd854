import { describe, expect, it } from "vitest";
import { buildDefinition } from "../../../src/engine/compose/build-definition.ts";
import { networkOptions, volumeOptions } from "../../../src/engine/compose/resource-options.ts";
import { runContainerOptions, runDefinition } from "../../../src/engine/compose/run-definition.ts";
import { servicesDefinition } from "../../../src/engine/compose/services-definition.ts";
import { createNames } from "../../../src/engine/names.ts";
import { definitionOf } from "./support.ts";

const names = createNames("goku");
const image = `sha256:${"a".repeat(64)}`;

it("builds only what is built, under the release's name and with labels of ours", () => {
  const theirs = { WHO: null, BUILDKIT_CACHE_MOUNT_NS: "goku.shop-main" };
  const definition = definitionOf({
    services: {
      web: {
        image: "mine",
        build: { context: "/t", tags: ["x/y"], labels: { a: "b" }, target: "two", args: theirs },
      },
      Web_: { build: { context: "/t" } },
      db: { image: "busybox" },
    },
    secrets: { token: { file: "/s" } },
  });
  const built = buildDefinition(names, "blog-main", 7, definition);
  expect(built).toMatchObject({
    name: "blog-main",
    services: {
      web: {
        image: "blog-main/web:v7",
        build: {
          context: "/t",
          target: "two",
          args: { WHO: null, BUILDKIT_CACHE_MOUNT_NS: "goku.blog-main" },
          labels: { a: "b", "goku.instance": "goku", "goku.app": "blog-main" },
        },
      },
      Web_: {
        image: expect.stringMatching(/^blog-main\/web-[0-9a-f]{8}:v7$/),
        build: { args: { BUILDKIT_CACHE_MOUNT_NS: "goku.blog-main" } },
      },
    },
    secrets: { token: { file: "/s" } },
  });
  expect(JSON.stringify(built)).not.toMatch(/tags|"db"|mine/);
});

describe("the definition that containers are created from", () => {
  const definition = definitionOf({
    services: {
      web: {
        command: ["echo", "$$HOME"],
        networks: { default: { aliases: ["blog"] }, shared: null },
        volumes: [
          { type: "volume", source: "data", target: "/d" },
          { type: "volume", target: "/anonymous" },
          { type: "bind", source: "/srv/x", target: "/x" },
        ],
        secrets: [{ source: "token" }],
        labels: {
          keep: "me",
          "goku.role": "namespace",
          "goku.release": "99",
          "com.docker.compose.oneoff": "True",
        },
      },
      db: { networks: { back: null }, volumes: [{ type: "volume", source: "db", target: "/d" }] },
    },
    networks: {
      default: {},
      back: {},
      shared: { external: true, name: "proxy$$net" },
    },
    volumes: { data: { "x-goku-name": "files" }, db: {} },
    secrets: { token: { file: "/s" }, other: { file: "/o" } },
  });
  const source = {
    app: "blog-main",
    version: 7,
    origin: "v7",
    definition,
    images: { web: image, db: "sha256:b" },
  };
  const made = servicesDefinition(names, source, [
    { service: "web", count: 2, fingerprint: "f$1", routed: true },
  ]);

  it("has the wanted services with their image and labels of ours alone", () => {
    expect(made["services"]).toMatchObject({
      web: {
        image,
        pull_policy: "never",
        command: ["echo", "$$HOME"],
        networks: { default: { aliases: ["blog"] }, shared: null },
        logging: { driver: "json-file" },
      },
      db: { image: "sha256:b", network_mode: "none" },
    });
    expect(made).toHaveProperty("services.web.labels", {
      keep: "me",
      "goku.instance": "goku",
      "goku.app": "blog-main",
      "goku.fingerprint": "f$$1",
      "goku.release": "7",
      "goku.index": "",
      "goku.role": "",
      "goku.generic": "",
    });
  });

  it("names what the wanted ones refer to, and nothing else", () => {
    expect(made).toMatchObject({
      name: "blog-main",
      networks: {
        default: { name: "blog-main_default", external: true },
        shared: { name: "proxy$$net", external: true },
      },
      volumes: { data: { name: "blog-main_files", external: true } },
      secrets: { token: { file: "/s" } },
      configs: {},
    });
    expect(JSON.stringify(made)).not.toMatch(/_db|_back|\/o"/);
  });

  it("has no release where the service is not routed", () => {
    const other = servicesDefinition(names, source, [
      { service: "db", count: 1, fingerprint: "g", routed: false },
    ]);
    expect(other["services"]).toMatchObject({ db: { labels: { "goku.release": "" } } });
  });

  it("has for a command a service more that nobody takes for one", () => {
    const run = runDefinition(names, source, "web", "blog-main.run-1");
    expect(run["services"]).toMatchObject({
      "blog-main.run-1": {
        image,
        container_name: "blog-main.run-1",
        networks: { default: null, shared: null },
        labels: { keep: "me", "goku.role": "run", "goku.app": "blog-main", "goku.release": "7" },
      },
    });
    expect(run).toHaveProperty("services.web", { image, network_mode: "none" });
    expect(JSON.stringify(run)).not.toMatch(/fingerprint":"[^"]|"blog"/);
  });

  it("has for a command neither restarts nor replicas, and else what is under deploy", () => {
    const deploy = {
      replicas: 3,
      restart_policy: { condition: "any" },
      resources: { limits: { cpus: "1" } },
    };
    const services = { web: { restart: "always", deploy } };
    const run = runDefinition(
      names,
      { ...source, definition: definitionOf({ services }) },
      "web",
      "r",
    );
    expect(run).toHaveProperty("services.r.deploy", { resources: deploy.resources });
    expect(run).not.toHaveProperty("services.r.restart");
  });
});

it("makes networks and volumes as the file has them, with its project's labels", () => {
  const part = {
    driver: "bridge",
    internal: true,
    labels: { a: "$$1", "goku.role": "links" },
    driver_opts: { "com.docker.network.driver.mtu": 1400 },
    ipam: { config: [{ subnet: "10.9.0.0/24", ip_range: "10.9.0.128/25" }] },
  };
  const network = { key: "back", name: "blog-main_back", part };
  expect(networkOptions(names, "blog-main", network)).toMatchObject({
    Name: "blog-main_back",
    Driver: "bridge",
    Internal: true,
    EnableIPv6: false,
    Options: { "com.docker.network.driver.mtu": "1400" },
    IPAM: { Driver: "default", Config: [{ Subnet: "10.9.0.0/24", IPRange: "10.9.0.128/25" }] },
    Labels: {
      a: "$1",
      "com.docker.compose.project": "blog-main",
      "com.docker.compose.network": "back",
      "goku.instance": "goku",
      "goku.app": "blog-main",
    },
  });
  expect(networkOptions(names, "blog-main", network).Labels).not.toHaveProperty("goku.role");
  expect(networkOptions(names, "a", { ...network, part: {} })).not.toHaveProperty("IPAM");
  const volume = { key: "db", name: "blog-main_db", part: { driver_opts: { o: "size=1m" } } };
  expect(volumeOptions(names, { app: "blog-main", origin: "v7" }, volume)).toEqual({
    Name: "blog-main_db",
    Driver: "local",
    DriverOpts: { o: "size=1m" },
    Labels: {
      "com.docker.compose.project": "blog-main",
      "com.docker.compose.volume": "db",
      "goku.instance": "goku",
      "goku.app": "blog-main",
      "goku.origin": "v7",
    },
  });
});

it("copies a container for a command whose input can end", () => {
  const made = {
    Id: "abcdef0123456789",
    Config: { Hostname: "abcdef012345", Image: image, Env: ["A=1"], Cmd: ["serve"], Labels: {} },
    HostConfig: { NetworkMode: "0123", Binds: ["/a:/a"] },
    NetworkSettings: { Networks: { one: {}, two: {} } },
  };
  const { options, further } = runContainerOptions(made, "run-2", ["sh", "-c", "x"], true);
  expect(options).toMatchObject({
    name: "run-2",
    Image: image,
    Env: ["A=1"],
    Cmd: ["sh", "-c", "x"],
    OpenStdin: true,
    StdinOnce: true,
    HostConfig: { NetworkMode: "one", Binds: ["/a:/a"] },
  });
  expect(options).not.toHaveProperty("Hostname");
  expect(further).toEqual(["two"]);
});
