import { mkdir, readdir, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { z } from "zod";
import { createComposeCommand } from "../../../src/engine/compose/compose-command.ts";
import type { Interpreted } from "../../../src/compose-ports.ts";
import { never, testInstance } from "../support.ts";
import { testTrees } from "./support.ts";

const test = await testInstance();
const { composer } = test.connect();
const trees = await testTrees();
const file = "compose.yml";

afterAll(async () => {
  await trees.remove();
  await test.destroy();
});

async function interpret(
  files: Readonly<Record<string, string>>,
  vars: Readonly<Record<string, string>> = {},
): Promise<Interpreted> {
  const tree = await trees.tree(files);
  return composer.interpret({ app: "shop-main", tree, file, vars }, never);
}

const webSchema = z.object({
  services: z.object({ web: z.object({ environment: z.unknown() }) }),
});

async function environmentOf(text: string, vars = {}, more = {}): Promise<unknown> {
  const { model } = await interpret({ [file]: text, ...more }, vars);
  return webSchema.parse(model).services.web.environment;
}

it("hands config vars over as they are, to the text and to keys without a value", async () => {
  const vars = {
    PLAIN: "value",
    ODD: ` "quoted" 'single' #hash \\n back\\slash \` `,
    LINES: "one\ntwo\r\nthree\n",
    DOLLAR: "$PLAIN ${PLAIN} $$ $",
    EMOJI: "grüße 🚀",
    EMPTY: "",
    LONG: "x".repeat(100_000),
  };
  const keys = Object.keys(vars);
  const text = JSON.stringify({
    services: { web: { image: "x", environment: [...keys, "READ=${PLAIN}-${EMPTY:-none}"] } },
  });
  const expected = Object.entries(vars).map(([key, value]) => [key, value.replaceAll("$", "$$$$")]);
  expect(await environmentOf(text, vars)).toEqual({
    ...Object.fromEntries(expected),
    READ: "value-none",
  });
});

it("takes the repository's .env, and config vars before it", async () => {
  const text = "services: {web: {image: x, environment: [A, B]}}";
  const more = { ".env": "A=file\nB=file\n" };
  expect(await environmentOf(text, { B: "var" }, more)).toEqual({ A: "file", B: "var" });
});

it("passes on what docker compose warns of, and says which var it cannot have", async () => {
  const text = 'version: "3"\nservices: {web: {image: x, command: "${NOPE}"}}\n';
  const { warnings, model } = await interpret({ [file]: text }, { "a b": "secret-value" });
  expect(warnings).toEqual(
    expect.arrayContaining([
      expect.stringContaining("compose.yml: the attribute `version` is obsolete"),
      'The "NOPE" variable is not set. Defaulting to a blank string.',
      expect.stringContaining("The config var a b cannot be given"),
    ]),
  );
  expect(warnings.join()).not.toMatch(/secret-value|goku-compose-test/);
  expect(model).toMatchObject({ name: `${test.instance}-shop-main` });
});

describe("what it cannot read", () => {
  it.each([
    ["services:\n  web: {imagex: x}\n", "services.web Additional property imagex is not allowed"],
    ["services:\n  web: {image: x\n   foo: [}\n", "yaml: "],
    ["services: {web: {image: x, env_file: nope.env}}", "env file nope.env not found"],
    ["services: {web: {image: x, environment: {A: '${B:?set B}'}}}", "set B"],
    [
      "services: {a: {image: x, pid: 'service:b'}, b: {image: x, ipc: 'service:a'}}",
      "dependency cycle detected: a -> b -> a",
    ],
    ["services: {a: {image: x, network_mode: 'service:a'}}", "dependency cycle detected: a -> a"],
    ["include: ['https://github.com/a/b.git']\nservices: {}", "git remote resource is disabled"],
  ])("is said in docker compose's words: %s", async (text, reason) => {
    await expect(interpret({ [file]: text })).rejects.toMatchObject({
      code: "refused",
      message: expect.stringContaining(reason),
    });
  });

  it("shows no value of a var and no path of the server", async () => {
    const text = "services: {web: {image: x, ports: ['${PORT}']}}";
    const failed = interpret({ [file]: text }, { PORT: "hunter2-is-no-port" });
    await expect(failed).rejects.toMatchObject({ message: expect.stringContaining("***") });
    await expect(failed).rejects.not.toMatchObject({
      message: expect.stringMatching(/hunter2|goku-compose/),
    });
  });

  it("includes a file that leads out of the repository, and one that is not there", async () => {
    const outside = join(trees.folder, "outside.yml");
    await writeFile(outside, "services: {}");
    const tree = await trees.tree({});
    await symlink(outside, join(tree.folder, file));
    const source = { app: "shop-main", tree, file, vars: {} };
    await expect(composer.interpret(source, never)).rejects.toMatchObject({
      code: "refused",
      message: "compose.yml leads out of the repository.",
    });
    await rm(join(tree.folder, file));
    await expect(composer.interpret(source, never)).rejects.toMatchObject({
      message: "compose.yml leads to nothing.",
    });
  });

  it("includes what only root may read", async () => {
    const secret = join(trees.folder, "secret.env");
    await writeFile(secret, "A=1", { mode: 0o600 });
    const text = `services: {web: {image: x, env_file: ${secret}}}`;
    await expect(interpret({ [file]: text })).rejects.toMatchObject({
      message: expect.stringContaining("permission denied"),
    });
  });
});

/** Contents of files with vars that lie about. */
async function varsOnDisk(): Promise<string> {
  const folders = (await readdir(tmpdir())).filter((name) => /^goku-compose-\w{6}$/.test(name));
  const texts = folders.map((name) =>
    readFile(join(tmpdir(), name, "vars"), "utf8").catch(() => ""),
  );
  return (await Promise.all(texts)).join("");
}

it("leaves no vars on the disk, also when nobody waits any more", async () => {
  const tree = await trees.tree({ [file]: "services: {web: {image: x}}" });
  const marker = `left-over-${test.instance}`;
  const source = { app: "shop-main", tree, file, vars: { A: marker } };
  await composer.interpret(source, never);
  expect(await varsOnDisk()).not.toContain(marker);
  const stop = new AbortController();
  const running = composer.interpret(source, stop.signal);
  stop.abort(new Error("hung up"));
  await expect(running).rejects.toThrow("hung up");
  expect(await varsOnDisk()).not.toContain(marker);
});

describe("a docker compose", () => {
  async function command(script: string) {
    const folder = join(trees.folder, `bin-${script.length}`);
    await mkdir(folder, { recursive: true });
    await writeFile(join(folder, "docker-compose"), script, { mode: 0o755 });
    return createComposeCommand([folder]);
  }

  it("that is not there is said to be missing, with the fix", async () => {
    const none = createComposeCommand([join(trees.folder, "nowhere")], "/nonexistent/docker");
    await expect(none.find()).rejects.toMatchObject({
      code: "unavailable",
      hint: expect.stringContaining("apt-get install docker-compose"),
    });
  });

  it("that is too old is said to be so", async () => {
    const old = await command("#!/bin/sh\necho 2.19.1\n");
    await expect(old.find()).rejects.toMatchObject({
      message: expect.stringContaining("docker compose 2.19.1 on this server is too old"),
    });
  });

  it("is asked for its version once", async () => {
    const asked = join(trees.folder, "asked");
    const one = await command(`#!/bin/sh\necho x >> ${asked}; echo 2.30.0\n`);
    await one.find();
    await one.run({ args: [], timeoutMs: 5_000 });
    expect(await one.find()).toEqual([expect.stringContaining("docker-compose")]);
    expect(await readFile(asked, "utf8")).toBe("x\nx\n");
  });
});

it("refuses a file that would take all memory", async () => {
  const text = "services: {web: {image: x, env_file: [/dev/zero]}}";
  await expect(interpret({ [file]: text })).rejects.toMatchObject({
    code: "refused",
    message: "compose.yml takes more memory to read than it may.",
  });
});
