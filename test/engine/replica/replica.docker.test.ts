import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { waitFor } from "../../../src/system/wait.ts";
import { freePort } from "../../support/free-port.ts";
import { busyboxId, docker, imageOf, never, pageOf, specOf, testInstance } from "../support.ts";

const test = await testInstance();
const engine = test.connect();
let web = "";
let busybox = "";

beforeAll(async () => {
  await engine.start();
  busybox = await busyboxId();
  web = await imageOf(engine, [
    "RUN mkdir /www && echo hello > /www/index.html",
    'CMD ["httpd", "-f", "-p", "80", "-h", "/www"]',
  ]);
});

afterEach(async () => {
  const left = await engine.listReplicas();
  await Promise.all(left.map(({ id }) => engine.removeReplica(id)));
});

afterAll(() => test.destroy());

/** Nothing but spares is left; one of those may be on its way. */
async function expectNothingLeft(): Promise<void> {
  const names = async () => {
    const containers = await test.containers();
    return containers.map(({ Names }) => Names[0]?.slice(1) ?? "").sort();
  };
  expect((await names()).filter((name) => !name.includes("-namespace-"))).toEqual([]);
  await expect
    .poll(
      async () => [
        await names(),
        test.leases
          .all()
          .map(({ holder }) => holder)
          .sort(),
      ],
      {
        timeout: 60_000,
      },
    )
    .toSatisfy(([found, held]) => found.length <= 2 && found.join() === held.join());
}

describe("a replica", () => {
  it("answers at its address, is listed, and leaves nothing behind", async () => {
    const replica = await engine.startReplica(specOf({ image: web, version: 12 }), never);
    expect(await pageOf(replica.address)).toBe("hello\n");
    expect(replica.name).toBe(`${test.instance}-web-main.v12.1`);

    const [listed] = await engine.listReplicas("web-main");
    expect(listed).toEqual({ ...replica, createdAt: expect.any(String) });

    await engine.removeReplica(replica.id);
    expect(await engine.listReplicas()).toEqual([]);
    expect(await engine.inspectReplica(replica.id)).toBeNull();
    await expectNothingLeft();
    await engine.removeReplica(replica.id);
    await engine.stopReplica(replica.id, 1_000);
  });

  it("starts although somebody has just taken all spare namespaces away", async () => {
    await engine.start();
    const spares = await test.containers();
    expect(spares).toHaveLength(2);
    await Promise.all(spares.map(({ Id }) => docker.getContainer(Id).remove({ force: true })));
    const replica = await engine.startReplica(specOf({ image: web, version: 13 }), never);
    expect(await pageOf(replica.address)).toBe("hello\n");
    await engine.removeReplica(replica.id);
    await expectNothingLeft();
  });

  it("gets its environment whole", async () => {
    const env = { TEXT: "a b'c\"d$e=f:g\nh 🚀", EMPTY: "", LONG: "x".repeat(100_000) };
    const image = await imageOf(engine, ['CMD ["sh", "-c", "env -0; echo END; exec sleep 600"]']);
    const replica = await engine.startReplica(specOf({ image, env }), never);
    const given = await waitFor(
      async () => {
        const lines: string[] = [];
        const options = { follow: false, tail: null, since: null };
        for await (const line of engine.logs(replica.id, options)) {
          lines.push(line);
        }
        return lines.at(-1)?.endsWith("\0END") ? lines.join("\n").split("\0") : null;
      },
      { timeoutMs: 60_000 },
    );
    for (const [key, value] of Object.entries(env)) {
      expect(given).toContain(`${key}=${value}`);
    }
    await engine.removeReplica(replica.id);
  });

  it("keeps its address when it is stopped and started again, and nobody gets it meanwhile", async () => {
    const replica = await engine.startReplica(specOf({ image: web }), never);
    await engine.stopReplica(replica.id, 0);
    // Docker's list is some milliseconds behind its answer to a stop.
    const stopped = await waitFor(
      async () => (await engine.listReplicas()).find(({ running }) => !running) ?? null,
      { timeoutMs: 60_000 },
    );
    expect(stopped).toMatchObject({ id: replica.id, address: replica.address });

    const other = await engine.startReplica(specOf({ image: web, index: 2 }), never);
    expect(other.address).not.toBe(replica.address);

    await engine.restartReplica(replica.id);
    expect(await pageOf(replica.address)).toBe("hello\n");
    expect(await engine.inspectReplica(replica.id)).toMatchObject({ running: true, restarts: 0 });
    await Promise.all([replica, other].map(({ id }) => engine.removeReplica(id)));
  });

  it("has a name of its own beside another of the same release", async () => {
    const spec = specOf({ image: web, version: 3 });
    const [one, other] = await Promise.all([
      engine.startReplica(spec, never),
      engine.startReplica(spec, never),
    ]);
    expect(one.name).not.toBe(other.name);
    expect(await engine.listReplicas("web-main")).toHaveLength(2);
    await Promise.all([one, other].map(({ id }) => engine.removeReplica(id)));
  });

  it("is not started again by Docker before it is kept, and is afterwards", async () => {
    const image = await imageOf(engine, ['CMD ["sh", "-c", "sleep 0.1; exit 3"]']);
    const replica = await engine.startReplica(specOf({ image }), never);
    const dead = await waitFor(
      async () => {
        const state = await engine.inspectReplica(replica.id);
        return state?.running === false ? state : null;
      },
      { timeoutMs: 60_000 },
    );
    expect(dead).toMatchObject({ exitCode: 3, restarts: 0, oomKilled: false });

    await engine.keepReplica(replica.id);
    await engine.restartReplica(replica.id);
    const restarted = await waitFor(
      async () => ((await engine.inspectReplica(replica.id))?.restarts ?? 0) > 0 || null,
      { timeoutMs: 60_000 },
    );
    expect(restarted).toBe(true);
    await engine.removeReplica(replica.id);
  });

  it("is seen to be killed when it wants more memory than it may have", async () => {
    const image = await imageOf(engine, ['CMD ["sh", "-c", "tail /dev/zero"]']);
    const replica = await engine.startReplica(specOf({ image, memoryLimit: "8m" }), never);
    const dead = await waitFor(
      async () => {
        const state = await engine.inspectReplica(replica.id);
        return state?.running === false ? state : null;
      },
      { timeoutMs: 60_000 },
    );
    expect(dead?.oomKilled).toBe(true);
    await engine.removeReplica(replica.id);
  });

  it("may listen on a low port without being root", async () => {
    const image = await imageOf(engine, [
      "RUN mkdir /www && echo nobody > /www/index.html",
      "USER nobody",
      'CMD ["httpd", "-f", "-p", "80", "-h", "/www"]',
    ]);
    const replica = await engine.startReplica(specOf({ image }), never);
    expect(await pageOf(replica.address)).toBe("nobody\n");
    await engine.removeReplica(replica.id);
  });
});

describe("a replica that cannot start", () => {
  it.each([
    ["a command that is not there", ['CMD ["nosuch"]'], /"nosuch": executable file not found/],
    ["no command", ["CMD []"], /says no command/],
    ["a user that is not there", ["USER nosuch", 'CMD ["true"]'], /unable to find user nosuch/],
  ])("says so in one sentence: %s", async (_, lines, message) => {
    const image = await imageOf(engine, lines);
    await expect(engine.startReplica(specOf({ image }), never)).rejects.toThrow(message);
    await expectNothingLeft();
  });

  it("names the port that is taken", async () => {
    const hostPort = await freePort();
    const published = [{ hostPort, containerPort: 80, hostAddress: "127.0.0.1" }];
    const first = await engine.startReplica(specOf({ image: web, published }), never);
    expect(await pageOf(`127.0.0.1:${hostPort}`)).toBe("hello\n");
    await expect(
      engine.startReplica(specOf({ image: web, published, index: 2 }), never),
    ).rejects.toMatchObject({
      code: "refused",
      message: expect.stringContaining(`Port ${hostPort}`),
    });
    await engine.removeReplica(first.id);
    await expectNothingLeft();
  });

  it("names the container whose volumes are not there", async () => {
    const spec = specOf({ image: busybox, volumesFrom: "nosuch_data" });
    await expect(engine.startReplica(spec, never)).rejects.toThrow(/nosuch_data/);
    await expectNothingLeft();
  });

  it("says when the memory limit is none", async () => {
    const spec = specOf({ image: busybox, memoryLimit: "lots" });
    await expect(engine.startReplica(spec, never)).rejects.toThrow(/MEMORY_LIMIT is "lots"/);
    await expectNothingLeft();
  });

  it("leaves nothing behind, at whatever moment it is called off", async () => {
    const spec = specOf({ image: web });
    const began = performance.now();
    const whole = await engine.startReplica(spec, never);
    const wholeMs = performance.now() - began;
    await engine.removeReplica(whole.id);
    for (const share of [0, 0.1, 0.3, 0.6, 0.9]) {
      const signal = AbortSignal.timeout(Math.round(wholeMs * share));
      const start = engine.startReplica(spec, signal);
      await start.then(
        ({ id }) => engine.removeReplica(id),
        (error: unknown) => expect(error).toBe(signal.reason),
      );
      await expectNothingLeft();
    }
  });
});

describe("apps with like names", () => {
  it("are kept apart", async () => {
    const web1 = await engine.startReplica(specOf({ image: web, app: "web-main" }), never);
    const web2 = await engine.startReplica(specOf({ image: web, app: "web2-main" }), never);
    const branch = await engine.startReplica(specOf({ image: web, app: "web-main-2" }), never);
    expect((await engine.listReplicas("web-main")).map(({ id }) => id)).toEqual([web1.id]);
    expect((await engine.listReplicas("web")).map(({ id }) => id)).toEqual([]);
    await engine.removeReplica(web1.id);
    const left = (await engine.listReplicas()).map(({ id }) => id).sort();
    expect(left).toEqual([web2.id, branch.id].sort());
    await Promise.all([web2, branch].map(({ id }) => engine.removeReplica(id)));
  });

  it("are kept apart in another instance too", async () => {
    const stranger = await testInstance();
    const other = stranger.connect();
    try {
      await other.start();
      const theirs = await other.startReplica(specOf({ image: web }), never);
      const ours = await engine.startReplica(specOf({ image: web }), never);
      expect((await other.listReplicas()).map(({ id }) => id)).toEqual([theirs.id]);
      expect((await engine.listReplicas()).map(({ id }) => id)).toEqual([ours.id]);
      await engine.start();
      expect(await pageOf(theirs.address)).toBe("hello\n");
      await engine.removeReplica(ours.id);
    } finally {
      await stranger.destroy();
    }
  });
});
