import { rmSync } from "node:fs";
import { join } from "node:path";
import {
  afterAll,
  afterEach,
  beforeAll,
  beforeEach,
  describe,
  expect,
  it,
  onTestFinished,
} from "vitest";
import { noteDockerCalls } from "../../support/docker-calls.ts";
import { quickFolder } from "../../support/quick-folder.ts";
import { soon } from "../../support/soon.ts";
import {
  docker,
  imageOf,
  never,
  pageOf,
  specOf,
  type TestEngine,
  type TestInstance,
  testInstance,
} from "../support.ts";

const test = await testInstance();
const folder = quickFolder("goku-namespaces-");
let engine: TestEngine;
let web = "";

beforeAll(async () => {
  engine = test.connect();
  await engine.start();
  web = await imageOf(engine, [
    "RUN mkdir /www && hostname > /www/index.html",
    'CMD ["sh", "-c", "hostname > /www/index.html; exec httpd -f -p 80 -h /www"]',
  ]);
  await engine.close();
});

beforeEach(async () => {
  engine = test.connect();
  await engine.start();
});

afterEach(async () => {
  const left = await engine.listReplicas();
  await Promise.all(left.map(({ id }) => engine.removeReplica(id)));
  await engine.close();
});

afterAll(async () => {
  await test.destroy();
  rmSync(folder, { recursive: true });
});

async function namespaces() {
  const found = await test.containers("namespace");
  return found.map(({ Id, Names, State }) => ({ id: Id, name: Names[0]?.slice(1), state: State }));
}

function expectCount(count: number) {
  return soon(async () => (await namespaces()).length).toBe(count);
}

function leasedTo(holder: string | undefined): string[] {
  return test.leases.all().flatMap((lease) => (lease.holder === holder ? [lease.address] : []));
}

describe("the pool", () => {
  it("is filled again after one was taken", async () => {
    await expectCount(2);
    const before = await namespaces();
    const replica = await engine.startReplica(specOf({ image: web }), never);
    const joined = await docker.getContainer(replica.id).inspect();
    const taken = joined.HostConfig.NetworkMode?.replace("container:", "");
    expect(before.map(({ id }) => id)).toContain(taken);
    await expectCount(3);
  });

  it("tells the address while nothing runs there", async () => {
    const told: string[] = [];
    const running: Promise<boolean>[] = [];
    const dockerSocket = join(folder, "docker.sock");
    const calls = await noteDockerCalls(dockerSocket);
    onTestFinished(() => calls.close());
    await engine.close();
    engine = test.connect({ dockerSocket });
    await engine.start();
    const replica = await engine.startReplica(specOf({ image: web }), never, (address) => {
      told.push(address);
      // Docker hears of the start only once its list has been read, which may take a while.
      const goOn = calls.hold(/^POST \S*\/start\b/);
      const look = engine.listReplicas().then((all) => all.some((one) => one.running));
      running.push(look.finally(goOn));
    });
    expect(told).toEqual([replica.address]);
    expect(await Promise.all(running)).toEqual([false]);
  });

  it("serves more starts at once than it holds", async () => {
    const indexes = [1, 2, 3, 4, 5];
    const replicas = await Promise.all(
      indexes.map((index) => engine.startReplica(specOf({ image: web, index }), never)),
    );
    expect(new Set(replicas.map(({ address }) => address)).size).toBe(indexes.length);
    await expectCount(indexes.length + 2);
  });

  it("makes one of its own where the replica has wishes", async () => {
    const replica = await engine.startReplica(
      specOf({ image: web, hostname: "blog.example" }),
      never,
    );
    expect(await pageOf(replica.address)).toBe("blog.example\n");
    await engine.removeReplica(replica.id);
    await expectCount(2);
  });
});

describe("the namespace of a replica that is gone", () => {
  let own: TestInstance;
  let reusing: TestEngine;

  beforeEach(async () => {
    own = await testInstance({ pool: 1, reused: 1 });
    reusing = own.connect();
    await reusing.start();
  });

  afterEach(async () => {
    await reusing.close();
    await own.destroy();
  });

  async function startTwo() {
    const specs = [1, 2].map((index) => specOf({ image: web, index }));
    return Promise.all(specs.map((spec) => reusing.startReplica(spec, never)));
  }

  const ids = async () => (await own.containers("namespace")).map(({ Id }) => Id);
  const count = async () => (await ids()).length;
  const namespaceOf = async (id: string) =>
    (await docker.getContainer(id).inspect()).HostConfig.NetworkMode?.replace("container:", "");

  it("stays with its address, one of them, and is nobody's while it rests", async () => {
    const [first, second] = await startTwo();
    await soon(count).toBe(3);
    const [kept, gone] = await Promise.all([namespaceOf(first!.id), namespaceOf(second!.id)]);

    await reusing.removeReplica(first!.id);
    await reusing.removeReplica(second!.id);

    expect(await ids()).toContain(kept);
    expect(await ids()).not.toContain(gone);
    const addresses = own.leases.all().map(({ address }) => address);
    expect(addresses).toContain(first!.address);
    expect(addresses).not.toContain(second!.address);
    const next = await reusing.startReplica(specOf({ image: web }), never);
    expect(await namespaceOf(next.id)).not.toBe(kept);
    await reusing.removeReplica(next.id);
  });

  it("goes where only that replica could have joined it", async () => {
    const named = await reusing.startReplica(specOf({ image: web, hostname: "blog" }), never);
    expect(await count()).toBe(2);
    await reusing.removeReplica(named.id);
    expect(await count()).toBe(1);
  });

  it("rests on with the next Goku, which makes no spare of it", async () => {
    const replicas = await startTwo();
    await soon(count).toBe(3);
    await reusing.removeReplica(replicas[0]!.id);
    await reusing.close();
    expect(await count()).toBe(3);
    reusing = own.connect({ pool: 2 });
    await reusing.start();
    // It, that of the replica that is left, and two spares.
    expect(await count()).toBe(4);
    await reusing.close();
    reusing = own.connect({ pool: 2, reused: 0 });
    await reusing.start();
    expect(await count()).toBe(3);
    await reusing.removeReplica(replicas[1]!.id);
  });
});

describe("another Goku of the same instance", () => {
  it("takes over the spares, and removes what is left over", async () => {
    const kept = await engine.startReplica(specOf({ image: web }), never);
    await expectCount(3);
    const before = await namespaces();
    // What a Goku that is killed in the middle of a start leaves behind.
    const orphan = await docker.createContainer({
      name: `${test.instance}-namespace-orphan`,
      Image: "goku-test/busybox",
      Labels: { "goku.instance": test.instance, "goku.role": "namespace" },
    });
    test.leases.lease(["10.99.0.9"], "a holder that is gone");

    await engine.close();
    engine = test.connect();
    await engine.start();

    const after = await namespaces();
    expect(after.map(({ id }) => id).sort()).toEqual(before.map(({ id }) => id).sort());
    await expect(orphan.inspect()).rejects.toThrow(/No such container/);
    expect(leasedTo("a holder that is gone")).toEqual([]);
    expect(await pageOf(kept.address)).not.toBe("no answer");
  });

  it("knows the addresses in use although the leases were lost", async () => {
    const kept = await engine.startReplica(specOf({ image: web }), never);
    const lost = test.leases.all();
    lost.forEach(({ address }) => test.leases.release(address));
    await engine.start();
    const other = await engine.startReplica(specOf({ image: web, index: 2 }), never);
    expect(other.address).not.toBe(kept.address);
    expect(test.leases.all().map(({ address }) => address)).toContain(kept.address);
  });
});

describe("a namespace that dies under a replica", () => {
  it("comes back with the same address, and the replica in it", async () => {
    const replica = await engine.startReplica(specOf({ image: web }), never);
    await engine.keepReplica(replica.id);
    const before = await pageOf(replica.address);
    const { HostConfig } = await docker.getContainer(replica.id).inspect();
    const namespace = docker.getContainer(HostConfig.NetworkMode?.replace("container:", "") ?? "");
    const { Pid, StartedAt } = (await namespace.inspect()).State;
    process.kill(Pid, "SIGKILL");
    await soon(async () => (await namespace.inspect()).State.StartedAt).not.toBe(StartedAt);
    await soon(() => pageOf(replica.address)).toBe(before);
    await soon(async () => (await engine.listReplicas())[0]).toMatchObject({
      id: replica.id,
      address: replica.address,
      running: true,
    });
  });

  it("is brought back where nobody watched, too", async () => {
    const replica = await engine.startReplica(specOf({ image: web }), never);
    const { HostConfig } = await docker.getContainer(replica.id).inspect();
    const namespace = docker.getContainer(HostConfig.NetworkMode?.replace("container:", "") ?? "");
    await engine.close();
    await namespace.restart({ t: 0 });
    engine = test.connect();
    await engine.start();
    expect(await pageOf(replica.address)).not.toBe("no answer");
  });

  it("says so when it is gone for good", async () => {
    const replica = await engine.startReplica(specOf({ image: web }), never);
    const { HostConfig } = await docker.getContainer(replica.id).inspect();
    const namespace = docker.getContainer(HostConfig.NetworkMode?.replace("container:", "") ?? "");
    await engine.stopReplica(replica.id, 0);
    await namespace.remove({ force: true });
    await expect(engine.restartReplica(replica.id)).rejects.toMatchObject({ code: "unhealthy" });
    expect((await engine.listReplicas())[0]).toMatchObject({ running: false, address: null });
  });
});

describe("a replica that somebody else removed", () => {
  it("leaves no namespace behind once it is looked after", async () => {
    await expectCount(2);
    const replica = await engine.startReplica(specOf({ image: web }), never);
    await docker.getContainer(replica.id).remove({ force: true });
    await engine.start();
    await expectCount(2);
    expect(test.leases.all()).toHaveLength(2);
  });
});

describe("image and network", () => {
  it("are made again when somebody removed them", async () => {
    const own = await testInstance({ pool: 0 });
    try {
      const lonely = own.connect();
      await lonely.start();
      await docker.getNetwork(own.instance).remove();
      await docker.getImage(`${own.instance}-namespace`).remove({ force: true });
      const replica = await lonely.startReplica(specOf({ image: web }), never);
      expect(await pageOf(replica.address)).not.toBe("no answer");
      expect(own.leases.all()).toHaveLength(1);
    } finally {
      await own.destroy();
    }
  });
});
