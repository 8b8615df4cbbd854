import { describe, expect, it } from "vitest";
import {
  findingsOfModel,
  findingsOfWeb,
  inside,
  leadingTo,
  missing,
  treePath,
} from "./findings-of.ts";

const bind = (source: string, more: object = {}) => ({
  volumes: [{ type: "bind", source, target: "/x", ...more }],
});

describe("mounts", () => {
  it.each(["/var/run/docker.sock", "/run/docker.sock", "/run/containerd/containerd.sock"])(
    "of the socket %s are that alone",
    (source) => {
      expect(findingsOfWeb(bind(source), { [source]: leadingTo(source) })).toEqual([
        `docker-socket: service web mounts ${source}`,
      ]);
    },
  );

  it.each(["/", "/run", "/var/run", "/var", "/run/containerd"])(
    "of %s hold a socket of Docker's, and more",
    (source) => {
      expect(findingsOfWeb(bind(source), { [source]: leadingTo(source) })).toEqual([
        `docker-socket: service web mounts ${source}`,
        `host-mounts: service web mounts ${source}`,
      ]);
    },
  );

  it("of the server's folders are found, read-only or not", () => {
    expect(findingsOfWeb(bind("/etc", { read_only: true }))).toEqual([
      "host-mounts: service web mounts /etc",
    ]);
  });

  it("of the tree are the app's own, there or not", () => {
    const source = treePath("data");
    expect(findingsOfWeb(bind(source), { [source]: inside("data") })).toEqual([]);
    expect(findingsOfWeb(bind(source), { [source]: missing("data") })).toEqual([]);
  });

  it("of what nobody looked at are outside, whatever the path looks like", () => {
    expect(findingsOfWeb(bind(treePath("data")))).toEqual([
      "host-mounts: service web mounts ./data",
    ]);
  });

  it("are followed through symlinks of the tree", () => {
    const source = treePath("sock");
    expect(findingsOfWeb(bind(source), { [source]: leadingTo("/run/docker.sock") })).toEqual([
      "docker-socket: service web mounts ./sock, which leads to /run/docker.sock",
    ]);
    expect(findingsOfWeb(bind(source), { [source]: leadingTo("/root") })).toEqual([
      "host-mounts: service web mounts ./sock, which leads to /root",
    ]);
  });

  it("are looked up by the path that is meant, where docker compose doubled a dollar", () => {
    const facts = { [treePath("a$b")]: inside("a$b") };
    expect(findingsOfWeb(bind(treePath("a$$b")), facts)).toEqual([]);
  });

  it("of the clock may be, read-only", () => {
    const facts = { "/etc/localtime": leadingTo("/usr/share/zoneinfo/UTC") };
    expect(findingsOfWeb(bind("/etc/localtime", { read_only: true }), facts)).toEqual([]);
    expect(findingsOfWeb(bind("/etc/timezone", { read_only: true }))).toEqual([]);
    expect(findingsOfWeb(bind("/etc/localtime"))).toEqual([
      "host-mounts: service web mounts /etc/localtime",
    ]);
    const link = treePath("localtime");
    expect(findingsOfWeb(bind(link, { read_only: true }), { [link]: leadingTo("/etc") })).toEqual([
      "host-mounts: service web mounts ./localtime, which leads to /etc",
    ]);
  });

  it("that show the server what is mounted in them are found in the tree, too", () => {
    const source = treePath("data");
    const facts = { [source]: inside("data") };
    expect(findingsOfWeb(bind(source, { bind: { propagation: "rshared" } }), facts)).toEqual([
      "host-mounts: service web shares mounts below /x with the server",
    ]);
    expect(findingsOfWeb(bind(source, { bind: { propagation: "rslave" } }), facts)).toEqual([]);
  });

  it("of kinds that Goku does not know are found", () => {
    expect(findingsOfWeb({ volumes: [{ type: "npipe", source: "x", target: "/x" }] })).toEqual([
      "host-mounts: service web has a mount of the type npipe",
    ]);
  });

  it("of volumes and memory are nobody's business", () => {
    const volumes = [
      { type: "volume", source: "db", target: "/db", volume: { nocopy: true } },
      { type: "volume", target: "/anonymous", volume: {} },
      { type: "tmpfs", target: "/tmp", tmpfs: { size: "1024" } },
    ];
    const named = { db: { name: "blog-main_db" } };
    expect(findingsOfModel({ services: { web: { volumes } }, volumes: named })).toEqual([]);
  });

  it("of another container's volumes are found, those of the own services not", () => {
    expect(findingsOfWeb({ volumes_from: ["db:ro", "container:shop-main.v3.1"] })).toEqual([
      "volumes: service web takes the volumes of container:shop-main.v3.1",
    ]);
  });
});

describe("mounts within mounts", () => {
  const facts = {
    [treePath("")]: inside(""),
    [treePath("data")]: missing("data"),
    [treePath("data/db")]: missing("data/db"),
    [treePath("database")]: missing("database"),
    [treePath("nginx.conf")]: { ...inside("nginx.conf"), form: "file" } as const,
    "./data/db": missing("data/db"),
  };
  const mountsOf = (...sources: readonly [path: string, readOnly?: boolean][]) => ({
    volumes: sources.map(([path, readOnly = false]) => ({
      type: "bind",
      source: treePath(path),
      target: "/x",
      read_only: readOnly,
    })),
  });

  it("are found where a container above can make a link of them", () => {
    const services = { web: mountsOf(["data"]), db: mountsOf(["data/db", true]) };
    expect(findingsOfModel({ services }, facts)).toEqual([
      "host-mounts: service db mounts ./data/db from within ./data, where service web can put a link to anything of the server",
    ]);
  });

  it("are found below the tree itself, and behind volumes", () => {
    const services = { web: mountsOf([""]) };
    const volumes = { db: { driver_opts: { type: "none", o: "bind", device: "./data/db" } } };
    expect(findingsOfModel({ services, volumes }, facts)).toEqual([
      "host-mounts: volume db mounts ./data/db from within ./, where service web can put a link to anything of the server",
    ]);
  });

  it("are harmless where they are single files, above which nobody writes, or beside each other", () => {
    expect(findingsOfWeb(mountsOf([""], ["nginx.conf", true]), facts)).toEqual([]);
    expect(findingsOfWeb(mountsOf(["data", true], ["data/db"]), facts)).toEqual([]);
    expect(findingsOfWeb(mountsOf(["data"], ["database"], ["data"]), facts)).toEqual([]);
  });
});

describe("secrets and configs", () => {
  it("come from the tree, a var or the file itself", () => {
    const file = treePath("key.pem");
    const secrets = { key: { name: "blog-main_key", file }, token: { environment: "TOKEN" } };
    const configs = { page: { content: "<p>" } };
    expect(findingsOfModel({ secrets, configs }, { [file]: inside("key.pem") })).toEqual([]);
  });

  it("from the server are found, symlinks of the tree included", () => {
    const link = treePath("key");
    const secrets = { shadow: { file: "/etc/shadow" }, key: { file: link } };
    const configs = { passwd: { file: "/etc/passwd" } };
    expect(findingsOfModel({ secrets, configs }, { [link]: leadingTo("/root/.ssh/id") })).toEqual([
      "host-mounts: secret shadow is the file /etc/shadow",
      "host-mounts: secret key is the file ./key, which leads to /root/.ssh/id",
      "host-mounts: config passwd is the file /etc/passwd",
    ]);
  });
});

describe("volumes", () => {
  const volume = (part: object | null) => findingsOfModel({ volumes: { db: part } });

  it.each([
    null,
    {},
    { name: "blog-main_db" },
    { name: "blog-main-uploads" },
    { driver: "local" },
    { driver_opts: { type: "tmpfs", device: "tmpfs", o: "size=100m,uid=1000,noexec" } },
  ])("%j is the app's own", (part) => {
    expect(volume(part)).toEqual([]);
  });

  it.each([
    [{ external: true, name: "shared" }, "volumes: volume db is external: shared"],
    [{ name: "shop-main_db" }, "volumes: volume db is called shop-main_db, which is shop-main's"],
    [
      { name: "blog-main-fix_db" },
      "volumes: volume db is called blog-main-fix_db, which is blog-main-fix's",
    ],
    [
      { name: "portainer_data" },
      "volumes: volume db is called portainer_data, which may be anybody's on this server",
    ],
    [{ name: "/etc" }, "volumes: volume db is called /etc, which may be anybody's on this server"],
    [{ driver: "vieux/sshfs" }, "host-mounts: volume db sets driver: vieux/sshfs"],
    [
      { driver_opts: { type: "none", o: "bind", device: "/etc" } },
      "host-mounts: volume db mounts /etc",
    ],
    [
      { driver_opts: { type: "none", o: "bind,rshared", device: "./data" } },
      'host-mounts: volume db sets driver_opts: {"type":"none","o":"bind,rshared","device":"./data"}',
    ],
    [
      { driver_opts: { type: "tmpfs", o: "bind", device: "tmpfs" } },
      "host-mounts: volume db mounts ./tmpfs",
    ],
    [
      { driver_opts: { type: "ext4", device: "/dev/sda1" } },
      'host-mounts: volume db sets driver_opts: {"type":"ext4","device":"/dev/sda1"}',
    ],
    [
      { driver_opts: { type: "nfs", o: "addr=127.0.0.1,rw", device: ":/" } },
      'host-mounts: volume db sets driver_opts: {"type":"nfs","o":"addr=127.0.0.1,rw","device":":/"}',
    ],
  ])("%j is not", (part, finding) => {
    expect(volume(part)).toEqual([finding]);
  });

  it("for a folder of the tree are the app's own", () => {
    const options = { type: "none", o: "bind", device: "./data" };
    const volumes = { db: { driver_opts: options } };
    expect(findingsOfModel({ volumes }, { "./data": inside("data") })).toEqual([]);
    expect(findingsOfModel({ volumes }, { "./data": leadingTo("/run") })).toEqual([
      "docker-socket: volume db mounts ./data, which leads to /run",
      "host-mounts: volume db mounts ./data, which leads to /run",
    ]);
  });
});
