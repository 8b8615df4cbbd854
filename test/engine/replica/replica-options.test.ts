import { describe, expect, it } from "vitest";
import { createNames } from "../../../src/engine/names.ts";
import { parseMemory } from "../../../src/engine/replica/memory.ts";
import { replicaOptions, runOptions } from "../../../src/engine/replica/replica-options.ts";
import { readState } from "../../../src/engine/replica/replica-state.ts";
import { specOf } from "../support.ts";

const names = createNames("goku");
const spec = specOf({ image: "sha256:abc", version: 12, env: { A: "1=2 3", B: "" } });

describe("names", () => {
  it("have a prefix in every instance but goku", () => {
    expect(createNames("goku").image("blog-main", 12)).toBe("blog-main:v12");
    expect(createNames("goku").network(1)).toBe("goku");
    expect(createNames("test").replica("blog-main", 12, 1)).toBe("test-blog-main.v12.1");
    expect(createNames("test").network(2)).toBe("test-2");
  });
});

describe("a replica's options", () => {
  it("are a candidate's: in its namespace, labelled, not started again", () => {
    expect(replicaOptions(names, spec, "web-main.v12.1", "ns", 30_000)).toEqual({
      name: "web-main.v12.1",
      Image: "sha256:abc",
      Env: ["A=1=2 3", "B="],
      Labels: {
        "goku.instance": "goku",
        "goku.app": "web-main",
        "goku.release": "12",
        "goku.index": "1",
        "goku.role": "",
        "goku.generic": "",
        "goku.fingerprint": "",
        "com.docker.compose.oneoff": "True",
      },
      StopTimeout: 30,
      HostConfig: {
        NetworkMode: "container:ns",
        RestartPolicy: { Name: "no" },
        LogConfig: { Type: "json-file", Config: { "max-size": "10m", "max-file": "3" } },
        Mounts: [],
      },
    });
  });

  it("carry memory, mounts and volumes", () => {
    const change = {
      memoryLimit: "64m",
      volumesFrom: "web_data",
      mounts: [{ source: "/srv/web", target: "/data" }],
    };
    const { HostConfig } = replicaOptions(names, { ...spec, ...change }, "n", "ns", 0);
    expect(HostConfig).toMatchObject({
      Memory: 64 * 2 ** 20,
      MemorySwap: 64 * 2 ** 20,
      VolumesFrom: ["web_data"],
      Mounts: [{ Type: "bind", Source: "/srv/web", Target: "/data" }],
    });
  });

  it("mount the app's volumes, which Docker makes with its labels", () => {
    const volumes = [{ name: "data-1", target: "/data" }];
    const { HostConfig } = replicaOptions(createNames("test"), { ...spec, volumes }, "n", "ns", 0);
    expect(HostConfig?.Mounts).toEqual([
      {
        Type: "volume",
        Source: "test-web-main_data-1",
        Target: "/data",
        VolumeOptions: {
          NoCopy: false,
          Labels: { "goku.instance": "test", "goku.app": "web-main", "goku.origin": "v1" },
          DriverConfig: { Name: "local", Options: {} },
        },
      },
    ]);
  });

  it("are those of a one-off command where it is one", () => {
    const options = runOptions(names, spec, ["rake", "db:migrate"], "web-main.run-1", "ns", false);
    expect(options).toMatchObject({
      Cmd: ["rake", "db:migrate"],
      Labels: { "goku.role": "run", "goku.app": "web-main" },
      OpenStdin: false,
      HostConfig: { NetworkMode: "container:ns", LogConfig: { Type: "none" } },
    });
  });
});

describe("a memory limit", () => {
  it.each([
    ["512m", 512 * 2 ** 20],
    ["1.5g", 1.5 * 2 ** 30],
    ["512M", 512 * 2 ** 20],
    ["64 MiB", 64 * 2 ** 20],
    ["10000000", 10_000_000],
    ["20000kb", 20_000 * 1024],
  ])("reads %j", (text, bytes) => expect(parseMemory(text)).toBe(bytes));

  it.each(["lots", "", "1m", "-1g", "5q", "1g2"])("refuses %j", (text) => {
    expect(() => parseMemory(text)).toThrow(/MEMORY_LIMIT/);
  });
});

describe("a container's state", () => {
  const usual = { Running: false, Restarting: false, ExitCode: 0, OOMKilled: false };
  const state = (change: Partial<typeof usual>, Memory = 0, Healthcheck?: { Test: string[] }) =>
    readState({
      State: { ...usual, ...change },
      RestartCount: 0,
      Config: { Healthcheck },
      HostConfig: { Memory },
    });

  it("takes a kill at a memory limit for what it is, though Docker missed it", () => {
    const dead = { Running: false, ExitCode: 137, OOMKilled: false };
    expect(state(dead, 2 ** 23).oomKilled).toBe(true);
    expect(state(dead).oomKilled).toBe(false);
    expect(state({ ...dead, OOMKilled: true }).oomKilled).toBe(true);
    expect(state({ ...dead, ExitCode: 1 }, 2 ** 23).oomKilled).toBe(false);
  });

  it("is not running while Docker starts it again", () => {
    expect(state({ Running: true, Restarting: true, ExitCode: 1 }).running).toBe(false);
  });

  it("knows a healthcheck from none", () => {
    expect(state({}, 0, { Test: ["CMD", "true"] }).hasHealthcheck).toBe(true);
    expect(state({}, 0, { Test: ["NONE"] }).hasHealthcheck).toBe(false);
    expect(state({}).hasHealthcheck).toBe(false);
  });
});
