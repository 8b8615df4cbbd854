import { randomInt } from "node:crypto";
import { readFile } from "node:fs/promises";
import { Readable } from "node:stream";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Build } from "../../../src/ports.ts";
import { waitFor } from "../../../src/system/wait.ts";
import { buildOf, docker, type Files, never, tarOf, testInstance } from "../support.ts";

const test = await testInstance();
const engine = test.connect();

beforeAll(() => engine.start());
afterAll(() => test.destroy());

async function* brokenTree(): AsyncGenerator<Buffer> {
  const files = { Dockerfile: "FROM goku-test/busybox\n", big: "x".repeat(1_000_000) };
  for await (const chunk of tarOf(files)) {
    const bytes: Buffer = chunk;
    yield bytes;
    if (bytes.length > 10_000) {
      throw new Error("the repository is broken");
    }
  }
}

/** The builder's cache outlives the tests: what has to run runs under a name it has not seen. */
const once = test.instance;

interface Built {
  readonly image: string;
  readonly lines: readonly string[];
}

async function build(files: Files, change: Partial<Build> = {}): Promise<Built> {
  const lines: string[] = [];
  const image = await engine.buildImage(buildOf(files, change), (line) => lines.push(line), never);
  return { image, lines };
}

/** What a command prints in the image. */
async function outputOf(image: string, ...command: string[]): Promise<string> {
  const labels = { "goku.instance": test.instance };
  const container = await docker.createContainer({ Image: image, Cmd: command, Labels: labels });
  await container.start();
  await container.wait();
  const lines: string[] = [];
  for await (const line of engine.logs(container.id, { follow: false, tail: null, since: null })) {
    lines.push(`${line}\n`);
  }
  await container.remove();
  return lines.join("");
}

describe("a build", () => {
  it("tells each step once, what it prints, and what came from the cache", async () => {
    const files = {
      Dockerfile: `FROM goku-test/busybox\nRUN echo ${once}; echo two\nCOPY page /page\n`,
      page: once,
    };
    const first = await build(files, { version: 7 });
    expect(first.lines.filter((line) => !/FROM|\(goes on\)/.test(line))).toEqual([
      `[2/3] RUN echo ${once}; echo two`,
      once,
      "two",
      "[3/3] COPY page /page",
    ]);
    const second = await build(files);
    expect(second.lines).toContain("[3/3] COPY page /page (cached)");
    expect(second.image).toBe(first.image);

    const image = await docker.getImage(`${test.instance}-web-main:v7`).inspect();
    expect(image.Id).toBe(first.image);
    expect(image.Config.Labels).toEqual({
      "goku.instance": test.instance,
      "goku.app": "web-main",
    });
    expect(await engine.hasImage(first.image)).toBe(true);
    expect(await engine.hasImage(`sha256:${"0".repeat(64)}`)).toBe(false);
  });

  it.each([false, true])(
    "shares steps with other apps, and no cache mount: %s",
    async (needsCli) => {
      const text = `${once} ${needsCli}`;
      const mount = "--mount=type=cache,target=/cache";
      const files = (last: string) => ({
        Dockerfile: `FROM goku-test/busybox\nRUN echo ${text} step\nRUN ${mount} ${last}\n`,
      });
      const write = `echo ${text} >> /cache/${once}-${needsCli}`;
      const read = `cp /cache/${once}-${needsCli} /found || echo none > /found`;
      const first = await build(files(write), { app: "web-main", needsCli });
      const own = await build(files(read), { app: "web-main", needsCli });
      const other = await build(files(read), {
        app: "thief-main",
        args: { BUILDKIT_CACHE_MOUNT_NS: `${test.instance}.web-main` },
        needsCli,
      });
      expect(await outputOf(own.image, "cat", "/found")).toBe(`${text}\n`);
      expect(await outputOf(other.image, "cat", "/found")).toBe("none\n");
      expect(first.lines).toContain(`${text} step`);
      expect(other.lines).not.toContain(`${text} step`);
      expect(other.lines.join("\n")).not.toContain("BUILDKIT_CACHE_MOUNT_NS");
    },
  );

  it("is fresh when two trees have files of one size and time", async () => {
    const Dockerfile = "FROM goku-test/busybox\nCOPY page /page\n";
    const one = await build({ Dockerfile, page: "aaaa" });
    const two = await build({ Dockerfile, page: "bbbb" });
    expect(await outputOf(one.image, "cat", "/page")).toBe("aaaa\n");
    expect(await outputOf(two.image, "cat", "/page")).toBe("bbbb\n");
  });

  it("takes another Dockerfile, and ARG values", async () => {
    const { image } = await build(
      { "deploy/Dockerfile.web": "FROM goku-test/busybox\nARG NAME\nRUN echo $NAME > /name\n" },
      { dockerfile: "deploy/Dockerfile.web", args: { NAME: "a 'b' \"c\"" } },
    );
    expect(await outputOf(image, "cat", "/name")).toBe("a 'b' \"c\"\n");
  });

  it("says which step failed, its last lines and its exit status", async () => {
    const Dockerfile = `FROM goku-test/busybox\nRUN for i in $(seq 100); do echo line $i; done; printf last; exit 9\n`;
    await expect(build({ Dockerfile })).rejects.toMatchObject({
      code: "build-failed",
      message: expect.stringMatching(/^The build failed at \[2\/2\] RUN .*: exit status 9\.$/),
      details: expect.arrayContaining(["line 72", "line 100", "last"]),
    });
  });

  it.each([
    ["FROM goku-test/busybox\nCOPY nosuch /x\n", /the repository has no \/nosuch\.$/],
    ["FROM goku-test/busybox\nNONSENSE\n", /line 2: unknown instruction: NONSENSE/],
  ])("says what is wrong with %j", async (Dockerfile, message) => {
    await expect(build({ Dockerfile })).rejects.toMatchObject({
      code: "build-failed",
      message: expect.stringMatching(message),
    });
  });

  it("honours .dockerignore", async () => {
    const { image } = await build({
      Dockerfile: "FROM goku-test/busybox\nCOPY . /tree\n",
      ".dockerignore": "**/*.md\n!docs/keep.md\nnode_modules\nDockerfile\n",
      "README.md": "no",
      "docs/keep.md": "yes",
      "docs/other.md": "no",
      "node_modules/x/index.js": "no",
      "src/index.js": "yes",
    });
    const found = (await outputOf(image, "find", "/tree", "-type", "f")).trim().split("\n").sort();
    expect(found).toEqual([
      "/tree/.dockerignore",
      "/tree/Dockerfile",
      "/tree/docs/keep.md",
      "/tree/src/index.js",
    ]);
  });

  it("ends with the reason of a tree that cannot be read to its end", async () => {
    const tree = () => Readable.from(brokenTree());
    await expect(build({}, { tree })).rejects.toThrow("the repository is broken");
    await expect(build({}, { tree, ignore: "*.md" })).rejects.toThrow("the repository is broken");
    await expect(build({}, { tree, needsCli: true })).rejects.toThrow("the repository is broken");
  });
});

/** Processes whose command line has these seconds: what BuildKit still runs. */
async function running(seconds: string): Promise<boolean> {
  const { readdir } = await import("node:fs/promises");
  const pids = (await readdir("/proc")).filter((name) => /^\d+$/.test(name));
  const commands = await Promise.all(
    pids.map((pid) => readFile(`/proc/${pid}/cmdline`, "utf8").catch(() => "")),
  );
  return commands.some((command) => command.startsWith("sleep\0") && command.includes(seconds));
}

/** Seconds that nobody else on the machine sleeps for. */
const mark = () => `${randomInt(10_000, 99_999)}.${randomInt(10_000, 99_999)}`;

function becomes(seconds: string, state: boolean): Promise<true | null> {
  return waitFor(async () => (await running(seconds)) === state || null, { timeoutMs: 60_000 });
}

describe("a build that is called off", () => {
  it("ends in Docker too", async () => {
    const seconds = mark();
    const stop = new AbortController();
    const files = { Dockerfile: `FROM goku-test/busybox\nRUN sleep ${seconds}\n` };
    const building = engine.buildImage(buildOf(files), () => undefined, stop.signal);
    building.catch(() => undefined);
    expect(await becomes(seconds, true)).toBe(true);
    stop.abort(new Error("a newer push came"));
    await expect(building).rejects.toThrow("a newer push came");
    expect(await becomes(seconds, false)).toBe(true);
  });

  it("ends when it takes too long", async () => {
    const seconds = mark();
    const hasty = test.connect({ build: { ...test.options.build, timeoutMs: 1_500 } });
    const files = { Dockerfile: `FROM goku-test/busybox\nRUN sleep ${seconds}\n` };
    await expect(hasty.buildImage(buildOf(files), () => undefined, never)).rejects.toMatchObject({
      code: "build-failed",
      message: "The build was stopped because it took longer than 1.5 s.",
    });
    expect(await becomes(seconds, false)).toBe(true);
  });

  it("does not begin when the disk is too full", async () => {
    const careful = test.connect({ build: { ...test.options.build, diskFloor: 2 ** 50 } });
    const files = { Dockerfile: "FROM goku-test/busybox\n" };
    await expect(careful.buildImage(buildOf(files), () => undefined, never)).rejects.toMatchObject({
      code: "build-failed",
      message: expect.stringMatching(/free on Docker's disk \(.*\), and a build needs 1024 TiB/),
    });
  });
});

describe("a build by the docker CLI", () => {
  const secret = "s3cret value\nof two lines";

  it("has its secrets, which show nowhere", async () => {
    const { image, lines } = await build(
      {
        Dockerfile:
          "FROM goku-test/busybox\n" +
          "RUN --mount=type=secret,id=TOKEN md5sum < /run/secrets/TOKEN > /sum; cat /run/secrets/TOKEN; echo; " +
          `echo seen ${once}\n`,
      },
      { secrets: { TOKEN: secret }, needsCli: true, version: 8 },
    );
    expect(lines).toContain(`seen ${once}`);
    expect(lines.join("\n")).not.toMatch(/s3cret|of two lines/);
    expect(lines).toContain("***");
    const { createHash } = await import("node:crypto");
    const sum = createHash("md5").update(secret).digest("hex");
    expect(await outputOf(image, "cat", "/sum")).toContain(sum);
    const history = JSON.stringify(await docker.getImage(image).history());
    expect(history).not.toContain("s3cret");
  });

  it("tells its steps and its failure as the API's does", async () => {
    const lines: string[] = [];
    const files = { Dockerfile: "FROM goku-test/busybox\nRUN echo hello; exit 5\n" };
    const building = engine.buildImage(
      buildOf(files, { needsCli: true }),
      (line) => lines.push(line),
      never,
    );
    await expect(building).rejects.toMatchObject({
      code: "build-failed",
      message: "The build failed at [2/2] RUN echo hello; exit 5: exit status 5.",
      details: ["hello"],
    });
    expect(lines.filter((line) => !line.includes("FROM"))).toEqual([
      "[2/2] RUN echo hello; exit 5",
      "hello",
    ]);
  });

  it("ends when it is called off", async () => {
    const seconds = mark();
    const stop = new AbortController();
    const files = { Dockerfile: `FROM goku-test/busybox\nRUN sleep ${seconds}\n` };
    const request = buildOf(files, { needsCli: true });
    const building = engine.buildImage(request, () => undefined, stop.signal);
    building.catch(() => undefined);
    expect(await becomes(seconds, true)).toBe(true);
    stop.abort(new Error("a newer push came"));
    await expect(building).rejects.toThrow("a newer push came");
    expect(await becomes(seconds, false)).toBe(true);
  });
});
