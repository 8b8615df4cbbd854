import { describe, expect, it } from "vitest";
import { findingsOfModel, findingsOfWeb } from "./findings-of.ts";

describe("networks", () => {
  const network = (part: object | null) => findingsOfModel({ networks: { back: part } });

  it.each([
    null,
    {},
    { name: "blog-main_back", driver: "bridge", internal: true, ipam: {} },
    { name: "blog-main-backend" },
    { driver: "", driver_opts: { "com.docker.network.driver.mtu": "1400" } },
    { ipam: { driver: "default", config: [{ subnet: "172.28.0.0/16", gateway: "172.28.0.1" }] } },
    { enable_ipv6: true, ipam: { config: [{ subnet: "fd12:3456::/64" }] } },
  ])("%j is the app's own", (part) => {
    expect(network(part)).toEqual([]);
  });

  it.each([
    [{ external: true, name: "proxy" }, "is external: proxy"],
    [{ external: true }, "is external: back"],
    [{ name: "host" }, "is called host, which may be anybody's on this server"],
    [{ name: "goku" }, "is called goku, which may be anybody's on this server"],
    [{ name: "shop-main_default" }, "is called shop-main_default, which is shop-main's"],
    [{ name: "goku-shop-main-links" }, "is called goku-shop-main-links, which is shop-main's"],
    [
      { name: "workshop-main_x" },
      "is called workshop-main_x, which may be anybody's on this server",
    ],
    [{ driver: "macvlan" }, "sets driver: macvlan"],
    [{ driver: "host" }, "sets driver: host"],
    [
      { driver_opts: { "com.docker.network.bridge.name": "docker0" } },
      "sets driver_opts: com.docker.network.bridge.name: docker0",
    ],
    [{ driver_opts: { parent: "eth0" } }, "sets driver_opts: parent: eth0"],
    [{ ipam: { driver: "dhcp" } }, "sets ipam.driver: dhcp"],
    [{ ipam: { config: [{ subnet: "8.8.8.0/24" }] } }, "takes the addresses 8.8.8.0/24"],
    [{ ipam: { config: [{ subnet: "192.168.1.0/25" }] } }, "takes the addresses 192.168.1.0/25"],
    [{ ipam: { config: [{ subnet: "172.17.0.0/1" }] } }, "takes the addresses 172.17.0.0/1"],
    [{ ipam: { config: [{ subnet: "172.31.0.0/20" }] } }, "takes the addresses 172.31.0.0/20"],
    [{ ipam: { config: [{ subnet: "2000::/3" }] } }, "takes the addresses 2000::/3"],
  ])("%j is not", (part, text) => {
    expect(network(part)).toEqual([`networks: network back ${text}`]);
  });

  it("of a project that is called as another app are that app's", () => {
    const networks = { default: { name: "shop-main_default" } };
    expect(findingsOfModel({ name: "shop-main", networks })).toEqual([
      "networks: network default is called shop-main_default, which is shop-main's",
    ]);
  });
});

describe("a service's ways to others", () => {
  it.each([
    [{ network_mode: "bridge" }, "joins the network bridge"],
    [{ network_mode: "shop-main_default" }, "joins the network shop-main_default"],
    [{ external_links: ["shop-db:db"] }, "links to shop-db:db, a container of others"],
    [
      { networks: { back: { driver_opts: { "com.docker.network.endpoint.sysctls": "x" } } } },
      "sets driver_opts of the network back",
    ],
    [
      { logging: { driver: "syslog", options: { "syslog-address": "tcp://127.0.0.1:8500" } } },
      "logs by the driver syslog",
    ],
    [{ container_name: "shop-main.v4.1" }, "is called shop-main.v4.1, a name of the app shop-main"],
  ])("%j", (web, text) => {
    expect(findingsOfWeb(web)).toEqual([`networks: service web ${text}`]);
  });

  it.each([
    { networks: { default: null } },
    { networks: { back: { aliases: ["db"], ipv4_address: "172.28.0.5", priority: 1 } } },
    { logging: { driver: "json-file", options: { "max-size": "10m" } } },
    { logging: { options: { tag: "x" } } },
    { container_name: "my-blog" },
    { links: ["db"] },
  ])("%j leads to nobody else", (web) => {
    expect(findingsOfWeb(web)).toEqual([]);
  });
});

describe("ports of the server", () => {
  const port = (published: string | undefined, more: object = {}) =>
    findingsOfWeb({ ports: [{ mode: "ingress", target: 80, published, ...more }] });

  it.each([undefined, "", "0", "1024", "8080", "8000-8010"])("%s is free", (published) => {
    expect(port(published)).toEqual([]);
  });

  it.each(["22", "80", "1023", "1000-2000", "0-80", "0080", "x"])("%s is not", (published) => {
    expect(port(published)).toEqual([
      `host-ports: service web publishes port ${published}/tcp, which belongs to the server`,
    ]);
  });

  it("is the server's on one of its addresses, too, and by UDP", () => {
    expect(port("53", { host_ip: "127.0.0.1", protocol: "udp" })).toEqual([
      "host-ports: service web publishes port 53/udp, which belongs to the server",
    ]);
  });

  it("is not asked for where requests are routed to it", () => {
    const ports = [
      { target: 3000, published: "80", protocol: "tcp" },
      { target: 3000, published: "443", protocol: "udp" },
      { target: 22, published: "22", protocol: "tcp" },
    ];
    const routedPorts = new Map([["web", 3000]]);
    expect(findingsOfWeb({ ports }, {}, { routedPorts })).toEqual([
      "host-ports: service web publishes port 443/udp, which belongs to the server",
      "host-ports: service web publishes port 22/tcp, which belongs to the server",
    ]);
  });
});
