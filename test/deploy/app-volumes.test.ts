import { describe, expect, it } from "vitest";
import { assertOneContainer, holdersOf } from "../../src/deploy/containers/make-room.ts";
import { withNewVolumes, withVolumes } from "../../src/deploy/containers/image-volumes.ts";
import { reconcile } from "../../src/deploy/care/reconcile.ts";
import { appVolume, nameInApp, volumePaths } from "../../src/deploy/plan/app-volumes.ts";
import { type DockerfileRelease, isDockerfile } from "../../src/deploy/plan/shape.ts";
import { lineReport } from "../../src/deploy/report.ts";
import type { Volume } from "../../src/compose-ports.ts";
import { addRelease, project, replica, testWorld, type World } from "./test-parts.ts";

const app = { id: "blog-main", name: "blog", repository: "blog", branch: "main", stopped: false };
const { signal } = new AbortController();

describe("the volumes of an image", () => {
  const paths = (all: string[], targets: string[] = [], others: string[] = []) =>
    volumePaths(all, { mounts: targets.map((target) => ({ source: "/srv", target })) }, others);

  it.each([
    [["/data"], ["/data"]],
    [["/data/", "/data"], ["/data"]],
    [
      ["/b", "/a//c"],
      ["/a/c", "/b"],
    ],
    [["data", "/"], []],
    [[], []],
  ])("%j are mounted at %j", (all, expected) => expect(paths(all)).toEqual(expected));

  it("are not where a magic comment mounts something", () => {
    expect(paths(["/data", "/log"], ["/data/"])).toEqual(["/log"]);
    expect(paths(["/data", "/log"], [], ["/log"])).toEqual(["/data"]);
    expect(paths(["/data/db"], ["/data"])).toEqual(["/data/db"]);
  });

  it("have names of their own, which say their path", () => {
    expect(appVolume("/var/lib/db").name).toMatch(/^var-lib-db-[0-9a-f]{8}$/);
    expect(appVolume("/a-b").name).not.toBe(appVolume("/a/b").name);
    expect(appVolume("/δ").name).toMatch(/^[0-9a-f]{8}$/);
    expect(nameInApp("blog-main", "test-blog-main_data")).toBe("data");
  });

  it("are read from the image, without those of the data container", async () => {
    const { parts } = testWorld({
      composer: { describeImage: async (id) => ({ id, ports: [], volumes: ["/data", "/log"] }) },
      engine: { volumePaths: async (name) => (name === "blog_data" ? ["/data"] : []) },
    });
    expect((await withVolumes(parts, app, project, "sha256:1")).volumes).toEqual(["/data", "/log"]);
    const shared = { ...project, volumesFrom: true };
    expect((await withVolumes(parts, app, shared, "sha256:1")).volumes).toEqual(["/log"]);
  });
});

describe("volumes that were not there before", () => {
  const name = `blog-main_${appVolume("/data").name}`;
  const volume = (of: string): Volume => ({ name: of, used: false, createdAt: "" });

  function volumesWorld(...volumes: string[]) {
    const lines: string[] = [];
    const removed: string[] = [];
    const world = testWorld({
      composer: {
        listVolumes: async () => volumes.map(volume),
        removeVolume: async (one) => void removed.push(one),
      },
    });
    const report = lineReport((line) => lines.push(line));
    const wanted = { ...project, volumes: ["/data"] };
    const run = (work: () => Promise<void>) =>
      withNewVolumes(world.parts, app, wanted, report, work);
    const fail = () => run(async () => Promise.reject(new Error("not healthy")));
    return { lines, removed, volumes, run, fail, world };
  }

  it("are told of, once", async () => {
    const { lines, run, volumes } = volumesWorld();
    await run(async () => void volumes.push(name));
    expect(lines).toEqual([expect.stringContaining("/data is a VOLUME of the image: kept")]);
    await run(async () => undefined);
    expect(lines).toHaveLength(1);
  });

  it("go again with a candidate that fails", async () => {
    const { fail, removed, run, volumes } = volumesWorld("blog-main_other");
    const failed = run(async () => {
      volumes.push(name);
      throw new Error("not healthy");
    });
    await expect(failed).rejects.toThrow("not healthy");
    expect(removed).toEqual([name]);
    await expect(fail()).rejects.toThrow("not healthy");
    expect(removed).toEqual([name]);
  });

  it("stay where an earlier release had them", async () => {
    const { fail, lines, removed } = volumesWorld(name);
    await expect(fail()).rejects.toThrow("not healthy");
    expect([removed, lines]).toEqual([[], []]);
  });
});

describe("an app without HTTP that has a volume", () => {
  const database = { ...project, port: null, volumes: ["/data"] };

  function releaseOf(world: World, version: number): DockerfileRelease {
    const release = world.parts.store.releases.find("blog-main", version);
    if (release === null || !isDockerfile(release)) {
      throw new Error(`v${version} is none of a Dockerfile`);
    }
    return release;
  }

  function worldOf(...projects: readonly (typeof project)[]) {
    const world = testWorld();
    projects.forEach((each, at) => {
      addRelease(world, at === 0 ? "live" : "failed");
      world.parts.store.releases.update("blog-main", at + 1, { project: each });
    });
    return world;
  }

  it.each([
    ["has its data alone", database, database, 1],
    ["has it alone, though the new one serves", database, { ...database, port: 80 }, 1],
    ["has it alone, though the old one serves", { ...database, port: 80 }, database, 1],
    ["is beside one with other data", database, { ...database, volumes: ["/other"] }, 0],
    ["shares what serves", { ...database, port: 80 }, { ...database, port: 80 }, 0],
  ] as const)("%s", (_, old, fresh, count) => {
    const world = worldOf(old, fresh);
    const holders = holdersOf(world.parts, releaseOf(world, 2), [replica("blog-main", 1)]);
    expect(holders.map(({ why }) => why)).toEqual(
      Array(count).fill("The data in /data can be one container's only"),
    );
  });

  it("is told of with all ports that it holds", () => {
    const published = [80, 3999].map((hostPort) => ({
      hostPort,
      containerPort: 80,
      hostAddress: "0.0.0.0",
    }));
    const world = worldOf({ ...project, published }, { ...project, published });
    const [holder] = holdersOf(world.parts, releaseOf(world, 2), [replica("blog-main", 1)]);
    expect(holder?.why).toBe("The server's ports 80, 3999 can be held by one container only");
  });

  it("runs in one container", () => {
    const world = worldOf(database);
    const release = releaseOf(world, 1);
    expect(() => assertOneContainer(release)).not.toThrow();
    expect(() => assertOneContainer({ ...release, scale: 2 })).toThrow(
      "An app without HTTP that has a VOLUME (/data) runs in one container",
    );
    const served = { ...release, project: { ...database, port: 80 }, scale: 2 };
    expect(() => assertOneContainer(served)).not.toThrow();
  });

  it("is repaired only once what a deploy left has let go of the data", async () => {
    const world = worldOf(database, database);
    const order: string[] = [];
    const { engine } = world.parts;
    world.replicas.delete("blog-main-1-1");
    const parts = {
      ...world.parts,
      engine: {
        ...engine,
        listReplicas: async () => engine.listReplicas(),
        stopReplica: async (id: string) => void order.push(`stop ${id}`),
        removeReplica: async (id: string) => engine.removeReplica(id),
        keepReplica: async () => undefined,
        startReplica: async (...args: Parameters<typeof engine.startReplica>) => {
          order.push(`start v${args[0].version}`);
          return engine.startReplica(...args);
        },
      },
    };
    await reconcile(parts, signal);
    expect(order).toEqual(["stop blog-main-2-1", "start v1"]);
  });
});
