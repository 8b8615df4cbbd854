import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { readModel } from "../../../src/project/compose/model.ts";
import {
  type ComposeInput,
  dockerfilesOf,
  exposedByService,
  hostPaths,
  readDockerfiles,
} from "../../../src/project/compose/read-compose.ts";
import { run } from "../../../src/system/process.ts";
import { look, readText } from "../../../src/trees/look.ts";
import { main } from "../reading.ts";

/** Files by their paths; the compose file is `compose.yaml`. */
export type Files = Readonly<Record<string, string>>;

const environment = { PATH: process.env["PATH"], HOME: "/nonexistent" };

/** What `docker compose` and the files of a tree say, as a push finds it. */
export async function interpret(
  files: Files,
  vars: Readonly<Record<string, string>> = {},
): Promise<ComposeInput> {
  const top = await mkdtemp(join(tmpdir(), "goku-test-compose-"));
  const folder = join(top, "tree");
  try {
    for (const [path, text] of Object.entries(files)) {
      await mkdir(dirname(join(folder, path)), { recursive: true });
      await writeFile(join(folder, path), text);
    }
    const envFile = join(top, "env");
    await writeFile(
      envFile,
      Object.entries(vars)
        .map(([key, value]) => `${key}=${value}\n`)
        .join(""),
    );
    const model = readModel(
      await config(["--env-file", envFile, "-f", "compose.yaml"], "", folder),
      "compose.yaml",
    );
    const tree = { folder, owner: null };
    const { mounts, others } = hostPaths(model);
    const texts = new Map<string, string>();
    for (const [service, path] of Object.entries(dockerfilesOf(model))) {
      texts.set(service, (await readText(tree, path)) ?? "");
    }
    const dockerfiles = readDockerfiles(model, texts);
    return {
      model,
      warnings: [],
      app: main,
      file: "compose.yaml",
      files: new Map(Object.entries(files)),
      vars,
      tree: folder,
      facts: await look(tree, [...mounts, ...others], mounts),
      dockerfiles,
      exposed: exposedByService(model, dockerfiles),
      otherApps: [],
      sourceOf: (kind, name) => join("/goku", kind, name),
    };
  } finally {
    await rm(top, { recursive: true });
  }
}

/** What docker compose makes of a file given to it on standard input. */
export async function reread(definition: unknown): Promise<unknown> {
  return config(["-f", "-"], JSON.stringify(definition), tmpdir());
}

async function config(args: readonly string[], input: string, cwd: string): Promise<unknown> {
  const all = ["compose", "-p", "blog-main", ...args, "config", "--format", "json"];
  const result = await run({
    file: "docker",
    args: all,
    cwd,
    input,
    env: environment,
    timeoutMs: 20_000,
  });
  if (result.exitCode !== 0) {
    throw new Error(result.stderr);
  }
  return JSON.parse(result.stdout);
}
