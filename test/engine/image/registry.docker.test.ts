import { type ChildProcess, spawn } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { exec } from "../../support/exec.ts";
import { freePort } from "../../support/free-port.ts";
import { waitFor } from "../../../src/system/wait.ts";
import { buildOf, docker, never, testInstance, type TestInstance } from "../support.ts";

let folder = "";
let registry = "";
let server: ChildProcess;
let test: TestInstance;

/** A registry of the test's own, which lets in who knows the password. */
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "goku-registry-"));
  registry = `127.0.0.1:${await freePort()}`;
  const users = await exec("htpasswd", ["-nbB", "tester", "right"]);
  await writeFile(join(folder, "htpasswd"), users.stdout.trim());
  await writeFile(
    join(folder, "config.yml"),
    `version: 0.1
storage: { filesystem: { rootdirectory: ${folder}/images } }
http: { addr: "${registry}" }
auth: { htpasswd: { realm: test, path: ${folder}/htpasswd } }
`,
  );
  await writeLogin("right");
  server = spawn("docker-registry", ["serve", join(folder, "config.yml")], { stdio: "ignore" });
  await waitFor(
    async () => (await fetch(`http://${registry}/v2/`).catch(() => null))?.status === 401 || null,
    { timeoutMs: 60_000 },
  );
  test = await testInstance({ registry, dockerConfig: join(folder, "config.json") });
  await test.connect().start();
});

afterAll(async () => {
  await test.destroy();
  server.kill();
  await rm(folder, { recursive: true });
});

async function writeLogin(password: string, more: object = {}): Promise<void> {
  const auth = Buffer.from(`tester:${password}`).toString("base64");
  const config = { auths: { [`http://${registry}`]: { auth } }, ...more };
  await writeFile(join(folder, "config.json"), JSON.stringify(config));
}

async function build(Dockerfile: string, baseImages: string[]) {
  const lines: string[] = [];
  const request = buildOf({ Dockerfile }, { baseImages });
  const image = await test.connect().buildImage(request, (line) => lines.push(line), never);
  return { image, lines };
}

it("sends an image, and fetches it as a base where it is not there", async () => {
  const engine = test.connect();
  const base = `${registry}/base:v1`;
  const { image } = await build(`FROM goku-test/busybox\nRUN echo ${test.instance} > /mark\n`, []);
  await engine.pushImage(image, "base:v1", () => undefined, never);
  const { RepoTags } = await docker.getImage(image).inspect();
  expect(RepoTags).toEqual([`${test.instance}-web-main:v1`]);

  await engine.pruneImages("web-main", []);
  expect(await engine.hasImage(image)).toBe(false);
  const { lines } = await build(`FROM ${base}\nRUN cat /mark\n`, [base]);
  expect(lines[0]).toBe(`Fetching ${base}`);
  expect(await engine.hasImage(base)).toBe(true);
  await docker.getImage(base).remove({ force: true });
});

it("says which base image cannot be had, and why", async () => {
  const missing = `${registry}/nosuch:v9`;
  await expect(build(`FROM ${missing}\n`, [missing])).rejects.toMatchObject({
    code: "build-failed",
    message: expect.stringMatching(`^The base image ${missing} could not be fetched: .*unknown`),
    hint: `Check the name, and that the server reaches it: docker pull ${missing}`,
  });
});

it("says when the login is wrong", async () => {
  await writeLogin("wrong");
  const engine = test.connect();
  const base = `${registry}/base:v1`;
  await expect(build(`FROM ${base}\n`, [base])).rejects.toMatchObject({
    code: "build-failed",
    hint: `Log in on the server, as the user that runs Goku: docker login ${registry}`,
  });
  const { Id } = await docker.getImage("goku-test/busybox").inspect();
  await expect(engine.pushImage(Id, "web:v1", () => undefined, never)).rejects.toMatchObject({
    code: "build-failed",
    message: expect.stringContaining(`could not be sent to ${registry}/web:v1`),
    hint: expect.stringContaining(`docker login ${registry}`),
  });
  expect((await docker.getImage(Id).inspect()).RepoTags).not.toContain(`${registry}/web:v1`);
  await writeLogin("right");
});

it("says when only a credential helper knows the login", async () => {
  await writeLogin("right", { credHelpers: { [registry]: "nosuch" } });
  const { Id } = await docker.getImage("goku-test/busybox").inspect();
  const pushed = test.connect().pushImage(Id, "web:v1", () => undefined, never);
  await expect(pushed).rejects.toThrow(/credential helper/);
  // A base image is left to the docker CLI then, which asks the helper.
  const base = `${registry}/base:v1`;
  await expect(build(`FROM ${base}\n`, [base])).rejects.toMatchObject({ code: "build-failed" });
  await writeLogin("right");
});

it("says when nobody answers", async () => {
  const gone = `127.0.0.1:${await freePort()}/base:v1`;
  await expect(build(`FROM ${gone}\n`, [gone])).rejects.toMatchObject({
    code: "build-failed",
    message: expect.stringContaining("connection refused"),
  });
});

it("keeps the images that are to be kept", async () => {
  const engine = test.connect();
  const images: string[] = [];
  for (const version of [1, 2, 3]) {
    const Dockerfile = `FROM goku-test/busybox\nRUN echo ${test.instance} ${version} > /mark\n`;
    images.push(
      await engine.buildImage(buildOf({ Dockerfile }, { version }), () => undefined, never),
    );
  }
  const [one = "", two = "", three = ""] = images;
  await docker.getImage(one).tag({ repo: "goku-test/mine", tag: test.instance });
  const other = await engine.buildImage(
    buildOf(
      { Dockerfile: `FROM goku-test/busybox\nRUN echo ${test.instance} > /o\n` },
      { app: "web2-main" },
    ),
    () => undefined,
    never,
  );
  await engine.pruneImages("web-main", [three]);
  expect(await engine.hasImage(two)).toBe(false);
  expect(await engine.hasImage(three)).toBe(true);
  expect(await engine.hasImage(other)).toBe(true);
  // Somebody gave it a name of his own.
  expect((await docker.getImage(one).inspect()).RepoTags).toEqual([
    `goku-test/mine:${test.instance}`,
  ]);
});
