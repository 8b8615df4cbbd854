import { describe, expect, it } from "vitest";
import { findingsOfModel, findingsOfWeb } from "./findings-of.ts";

describe("keys that Goku does not know", () => {
  it.each([
    [{ provider: { type: "x" } }, "provider"],
    [{ post_start: [{ command: "id", privileged: true }] }, "post_start"],
    [
      {
        build: {
          context: "https://example.org/a.git",
          dockerfile_inline: "FROM alpine",
          sbom: true,
        },
      },
      "build.sbom",
    ],
    [{ deploy: { gang: 1 } }, "deploy.gang"],
    [{ deploy: { resources: { tpus: 1 } } }, "deploy.resources.tpus"],
    [
      { deploy: { resources: { reservations: { tpus: 1 } } } },
      "deploy.resources.reservations.tpus",
    ],
    [{ deploy: { resources: { limits: { tpus: 1 } } } }, "deploy.resources.limits.tpus"],
    [{ volumes: [{ type: "volume", target: "/x", image: { a: 1 } }] }, "volumes.image"],
    [{ volumes: [{ type: "volume", target: "/x", volume: { of: "shop" } }] }, "volumes.volume.of"],
    [{ ports: [{ target: 80, interface: "eth0" }] }, "ports.interface"],
    [{ networks: { default: { interface_name: "x" } } }, "networks.interface_name"],
    [{ secrets: [{ source: "x", from: "y" }] }, "secrets.from"],
    [{ logging: { plugin: "x" } }, "logging.plugin"],
  ])("%j", (web, key) => {
    expect(findingsOfWeb(web)).toEqual([
      `unknown-keys: service web uses ${key}, which Goku does not know`,
    ]);
  });

  it("are found beside the services", () => {
    const model = {
      models: { llm: {} },
      networks: { back: { firewall: "off" } },
      volumes: { db: { encrypted: true } },
      secrets: { key: { driver: "vault" } },
      configs: { page: { template_driver: "golang" } },
    };
    expect(findingsOfModel(model)).toEqual([
      "unknown-keys: the file uses models, which Goku does not know",
      "unknown-keys: network back uses firewall, which Goku does not know",
      "unknown-keys: volume db uses encrypted, which Goku does not know",
      "unknown-keys: secret key uses driver, which Goku does not know",
      "unknown-keys: config page uses template_driver, which Goku does not know",
    ]);
  });

  it("are for others to know where they begin with x-", () => {
    const services = {
      web: {
        "x-goku": { a: 1 },
        build: { context: "git@a:b", dockerfile_inline: "FROM alpine", "x-a": 1 },
      },
    };
    expect(findingsOfModel({ "x-top": 1, services })).toEqual([]);
  });
});

it("tells each finding once, service by service", () => {
  const web = { cap_add: ["SYS_ADMIN", "SYS_ADMIN"] };
  expect(findingsOfModel({ services: { web, db: web } })).toEqual([
    "capabilities: service web adds the capability SYS_ADMIN",
    "capabilities: service db adds the capability SYS_ADMIN",
  ]);
});
