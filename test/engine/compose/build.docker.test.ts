import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Tree } from "../../../src/compose-ports.ts";
import type { DefinitionPart } from "../../../src/service.ts";
import { docker, never, testInstance } from "../support.ts";
import { definitionOf, testTrees } from "./support.ts";

const test = await testInstance();
const engine = test.connect();
const { composer } = engine;
const trees = await testTrees();
/** The builder's cache outlives the tests: what has to run runs under a name it has not seen. */
const once = test.instance;

beforeAll(() => engine.start());
afterAll(async () => {
  await trees.remove();
  await test.destroy();
});

async function build(
  tree: Tree,
  services: Readonly<Record<string, DefinitionPart>>,
  change: {
    readonly app?: string;
    readonly version?: number;
    readonly secrets?: Readonly<Record<string, DefinitionPart>>;
    readonly signal?: AbortSignal;
  } = {},
) {
  const lines: string[] = [];
  const definition = definitionOf({
    services: Object.fromEntries(
      Object.entries(services).map(([name, part]) => [name, { build: part }]),
    ),
    secrets: change.secrets ?? {},
  });
  const images = await composer.build(
    { app: change.app ?? "shop-main", version: change.version ?? 1, tree, definition },
    (line) => lines.push(line),
    change.signal ?? never,
  );
  return { images, lines };
}

/** What `cat` prints of a file in the image. */
async function contentOf(image: string | undefined, file: string): Promise<string> {
  const container = await docker.createContainer({
    Image: image ?? "",
    Cmd: ["cat", file],
    Labels: { "goku.instance": test.instance },
  });
  await container.start();
  await container.wait();
  const lines: string[] = [];
  for await (const line of engine.logs(container.id, { follow: false, tail: null, since: null })) {
    lines.push(line);
  }
  await container.remove();
  return lines.join("\n");
}

describe("a build of services", () => {
  it("answers the images, and tells of each step as it comes", async () => {
    const tree = await trees.tree({
      Dockerfile: `FROM goku-test/busybox\nRUN echo ${once}\nCOPY page /page\n`,
      page: once,
    });
    const part = { context: tree.folder, dockerfile: "Dockerfile", tags: ["others/name:latest"] };
    const { images, lines } = await build(tree, { web: part, Worker: part }, { version: 3 });
    expect(Object.keys(images).sort()).toEqual(["Worker", "web"]);
    expect(lines.join("\n")).toMatch(/\[\w+ 2\/3\] RUN echo/);
    expect(lines).toContain(once);
    // BuildKit runs what is the same once.
    expect(lines.filter((line) => line === once)).toHaveLength(1);
    expect(lines.join("\n")).not.toMatch(/internal|exporting|naming to/);
    const found = await docker.getImage(`${test.instance}-shop-main/web:v3`).inspect();
    expect(found.Id).toBe(images["web"]);
    expect(found.RepoTags).not.toContain("others/name:latest");
    expect(found.Config.Labels).toMatchObject({
      "goku.instance": test.instance,
      "goku.app": "shop-main",
    });

    await engine.pruneImages("shop-main", [images["web"] ?? ""]);
    const left = await docker.listImages({
      filters: { label: [`goku.instance=${test.instance}`, "goku.app=shop-main"] },
    });
    expect(new Set(left.map(({ Id }) => Id))).toEqual(new Set([images["web"]]));
  });

  it("knows targets, arguments, further contexts, inline Dockerfiles, secrets and .dockerignore", async () => {
    const tree = await trees.tree({
      Dockerfile: `FROM goku-test/busybox AS one
ARG WHO
RUN echo "$WHO-${once}" > /who
COPY . /all
FROM one AS two
COPY --from=extra note /note
RUN --mount=type=secret,id=token cat /run/secrets/token > /token
FROM one
RUN false
`,
      ".dockerignore": "hidden\n",
      hidden: "x",
      "extra/note": "noted",
    });
    const token = join(trees.folder, "token");
    await writeFile(token, "s3cret");
    const { images, lines } = await build(
      tree,
      {
        web: {
          context: tree.folder,
          target: "two",
          args: { WHO: "me $$HOME" },
          additional_contexts: { extra: join(tree.folder, "extra") },
          secrets: [{ source: "token" }],
        },
        inline: {
          context: tree.folder,
          dockerfile_inline: "FROM goku-test/busybox\nCOPY extra/note /inline\n",
        },
      },
      { secrets: { token: { file: token } } },
    );
    expect(await contentOf(images["web"], "/who")).toBe(`me $HOME-${once}`);
    expect(await contentOf(images["web"], "/note")).toBe("noted");
    expect(await contentOf(images["web"], "/token")).toBe("s3cret");
    expect(await contentOf(images["web"], "/all/hidden")).toContain("No such file");
    expect(await contentOf(images["inline"], "/inline")).toBe("noted");
    expect(lines.join("\n")).not.toContain("s3cret");
  });

  it("shares steps with other apps, and no cache mount", async () => {
    const partOf = async (last: string) => {
      const mount = "--mount=type=cache,target=/cache";
      const text = `FROM goku-test/busybox\nRUN echo ${once} step\nRUN ${mount} ${last}\n`;
      const { folder } = await trees.tree({ Dockerfile: text });
      return { context: folder, args: { BUILDKIT_CACHE_MOUNT_NS: `${test.instance}.shop-main` } };
    };
    const read = `cp /cache/${once}-compose /found || echo none > /found`;
    const tree = await trees.tree({});
    const first = await build(tree, {
      web: await partOf(`echo ${once} >> /cache/${once}-compose`),
    });
    const own = await build(tree, { web: await partOf(read) });
    const other = await build(tree, { web: await partOf(read) }, { app: "thief-main" });
    expect(await contentOf(own.images["web"], "/found")).toBe(once);
    expect(await contentOf(other.images["web"], "/found")).toBe("none");
    expect(first.lines).toContain(`${once} step`);
    expect(other.lines).not.toContain(`${once} step`);
  });

  it("is fresh when two trees have files of one size, one second apart or less", async () => {
    for (const page of ["first", "other", "third"]) {
      const tree = await trees.tree({
        Dockerfile: "FROM goku-test/busybox\nCOPY page /page\n",
        page,
      });
      const { images } = await build(tree, { web: { context: tree.folder } });
      expect(await contentOf(images["web"], "/page")).toBe(page);
    }
  });

  it("fails with the step, its last lines and its exit status", async () => {
    const tree = await trees.tree({
      Dockerfile: `FROM goku-test/busybox\nRUN echo about to break ${once}; exit 3\n`,
    });
    await expect(build(tree, { web: { context: tree.folder } })).rejects.toMatchObject({
      code: "build-failed",
      message: expect.stringMatching(/^The build failed at \[web 2\/2\] RUN .*: exit status 3\.$/),
      details: [`about to break ${once}`],
    });
  });

  it("says what is wrong where no step is", async () => {
    const tree = await trees.tree({ Dockerfile: "FROM goku-test/busybox\nCOPY nope /\n" });
    await expect(build(tree, { web: { context: tree.folder } })).rejects.toMatchObject({
      message: expect.stringContaining("nope"),
    });
    const none = { context: tree.folder, dockerfile: "Nowhere" };
    await expect(build(tree, { web: none })).rejects.toMatchObject({
      code: "build-failed",
      message: expect.stringContaining("Nowhere"),
    });
    const missing = { context: join(tree.folder, "apps/nothere") };
    await expect(build(tree, { web: missing })).rejects.toMatchObject({
      message: "The build failed: the repository has no folder apps/nothere.",
      hint: expect.stringContaining("`build` in the compose file"),
    });
  });

  it("ends with its signal, and with its time", async () => {
    const tree = await trees.tree({
      Dockerfile: `FROM goku-test/busybox\nRUN echo ${once}-slow; sleep 600\n`,
    });
    const stop = new AbortController();
    const lines: string[] = [];
    const running = composer.build(
      {
        app: "shop-main",
        version: 9,
        tree,
        definition: definitionOf({ services: { web: { build: { context: tree.folder } } } }),
      },
      (line) => {
        lines.push(line);
        if (line === `${once}-slow`) {
          stop.abort(new Error("hung up"));
        }
      },
      stop.signal,
    );
    await expect(running).rejects.toThrow("hung up");

    const hasty = test.connect({
      build: { cpus: 2, memory: 2 ** 30, diskFloor: 0, cache: 2 ** 40, timeoutMs: 1_500 },
    });
    const definition = definitionOf({ services: { web: { build: { context: tree.folder } } } });
    const late = { app: "shop-main", version: 9, tree, definition };
    await expect(hasty.composer.build(late, () => undefined, never)).rejects.toMatchObject({
      code: "build-failed",
      message: "The build was stopped because it took longer than 1.5 s.",
    });
  });

  it("does not begin on a full disk", async () => {
    const full = test.connect({
      build: { cpus: 2, memory: 2 ** 30, diskFloor: 2 ** 60, cache: 2 ** 40, timeoutMs: 60_000 },
    });
    const tree = await trees.tree({ Dockerfile: "FROM goku-test/busybox\n" });
    const definition = definitionOf({ services: { web: { build: { context: tree.folder } } } });
    const request = { app: "shop-main", version: 1, tree, definition };
    await expect(full.composer.build(request, () => undefined, never)).rejects.toMatchObject({
      message: expect.stringContaining("Docker's disk"),
    });
  });
});

describe("images of others", () => {
  it("are known by their ids, and fetched where they are absent", async () => {
    const { Id } = await docker.getImage("goku-test/busybox").inspect();
    expect(await composer.fetchImages(["goku-test/busybox", Id], () => undefined, never)).toEqual({
      "goku-test/busybox": Id,
      [Id]: Id,
    });
    await expect(
      composer.fetchImages(["127.0.0.1:1/nothing/here:v1"], () => undefined, never),
    ).rejects.toMatchObject({
      code: "build-failed",
      message: expect.stringMatching(
        /^The image 127\.0\.0\.1:1\/nothing\/here:v1 could not be fetched: /,
      ),
      hint: expect.stringContaining("docker pull 127.0.0.1:1/nothing/here"),
    });
    const gone = `sha256:${"0".repeat(64)}`;
    await expect(composer.fetchImages([gone], () => undefined, never)).rejects.toMatchObject({
      code: "build-failed",
      message: expect.stringContaining("no longer on this server"),
    });
  });

  it("say which ports and volumes they have", async () => {
    const tree = await trees.tree({
      Dockerfile: "FROM goku-test/busybox\nEXPOSE 8080 80/tcp 53/udp\nVOLUME /data\n",
    });
    const { images } = await build(tree, { web: { context: tree.folder } });
    expect(await composer.describeImage(images["web"] ?? "")).toEqual({
      id: images["web"],
      ports: [80, 8080],
      volumes: ["/data"],
    });
  });
});
