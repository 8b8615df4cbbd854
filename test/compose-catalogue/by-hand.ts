/*
 * Tries the catalogue with docker compose alone, so that what fails elsewhere is not the fault of a file or a stand-in:
 *   npx tsx test/compose-catalogue/by-hand.ts [NAME...]
 */
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { waitFor } from "../../src/system/wait.ts";
import { exec } from "../support/exec.ts";
import { makeStandIns } from "../support/stand-ins.ts";
import { catalogue, filesOf } from "./catalogue.ts";
import type { Entry, Page } from "./entry.ts";

const fileNames = [
  "compose.yaml",
  "compose.yml",
  "docker-compose.yml",
  "docker-compose.yaml",
] as const;

async function tryEntry(entry: Entry): Promise<string[]> {
  const folder = await mkdtemp(join(tmpdir(), "goku-catalogue-"));
  const files = await filesOf(entry);
  for (const [path, text] of Object.entries(files)) {
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await writeFile(join(folder, path), text, { mode: text.startsWith("#!") ? 0o755 : 0o644 });
  }
  const file = fileNames.find((name) => name in files) ?? "";
  const options = { cwd: folder, env: { PATH: process.env["PATH"] ?? "", ...entry.vars } };
  const project = `goku-catalogue-${entry.name}`;
  const made: string[] = [];
  const compose = (...args: string[]) =>
    exec("docker", ["compose", "-p", project, "-f", file, ...args], options);

  try {
    const config = await compose("config", "--format", "json");
    if (entry.outcome.kind === "refused") {
      return (config.status === 0) === entry.outcome.isCompose
        ? []
        : [`config ended with ${config.status}: ${config.stderr}`];
    }
    if (config.status !== 0) {
      return [config.stderr];
    }
    const services = readServices(config.stdout);
    const noPorts = Object.keys(services)
      .map((name) => `  ${name}:\n    ports: !reset []\n`)
      .join("");
    await writeFile(join(folder, "no-ports.yaml"), `services:\n${noPorts}`);
    const up = await compose("-f", "no-ports.yaml", "up", "-d", "--build", "--quiet-pull");
    if (up.status !== 0) {
      return [`up ended with ${up.status}: ${up.stderr}`];
    }
    const named = Object.values(services).flatMap(({ build, image }) =>
      build === undefined ? [] : (image ?? []),
    );
    made.push(...named);
    const pages = await Promise.all(entry.outcome.pages.map((page) => see(project, page)));
    return [...pages.flat(), ...(await unexpected(project, entry.outcome.runs))];
  } finally {
    await compose("down", "-v", "-t", "2", "--rmi", "local", "--remove-orphans");
    if (made.length > 0) {
      await exec("docker", ["rmi", ...made]);
    }
    await rm(folder, { recursive: true, force: true });
  }
}

interface Model {
  readonly services: Readonly<Record<string, { readonly build?: object; readonly image?: string }>>;
}

function readServices(json: string): Model["services"] {
  const model: Model = JSON.parse(json);
  return model.services;
}

async function see(project: string, page: Page): Promise<string[]> {
  const [service = "", port = ""] = page.at.split(":");
  const filter = ["--filter", `label=com.docker.compose.project=${project}`];
  const one = ["--filter", `label=com.docker.compose.service=${service}`];
  const { stdout } = await exec("docker", ["ps", "-q", ...filter, ...one]);
  const format = "{{range .NetworkSettings.Networks}}{{.IPAddress}} {{end}}";
  const inspected = await exec("docker", ["inspect", "-f", format, stdout.split("\n")[0] ?? ""]);
  const [address = ""] = inspected.stdout.trim().split(" ");
  let seen = "";
  const found = await waitFor(
    async () => {
      const url = `http://${address}:${port}${page.path ?? "/"}`;
      const answer = await exec("wget", ["-q", "-T", "5", "-O", "-", url]);
      seen = `${answer.stdout}${answer.stderr}`;
      return seen.includes(page.says) ? true : null;
    },
    { timeoutMs: 8_000, maxIntervalMs: 200 },
  );
  return found === true ? [] : [`${page.at} ${page.path ?? "/"} says ${seen}, not ${page.says}`];
}

async function unexpected(
  project: string,
  runs: Readonly<Record<string, number>>,
): Promise<string[]> {
  const format = '{{.Label "com.docker.compose.service"}}';
  const filter = `label=com.docker.compose.project=${project}`;
  const { stdout } = await exec("docker", ["ps", "--format", format, "--filter", filter]);
  const running: Record<string, number> = {};
  for (const name of stdout.split("\n").filter((line) => line !== "")) {
    running[name] = (running[name] ?? 0) + 1;
  }
  const names = new Set([...Object.keys(runs), ...Object.keys(running)]);
  return [...names]
    .filter((name) => runs[name] !== running[name])
    .map((name) => `${name} runs ${running[name] ?? 0} times, not ${runs[name] ?? 0}`);
}

async function main(names: readonly string[]) {
  const standIns = await makeStandIns();
  let failed = 0;
  for (const entry of catalogue.filter(({ name }) => names.length === 0 || names.includes(name))) {
    const begun = Date.now();
    const problems = await tryEntry(entry);
    failed += problems.length === 0 ? 0 : 1;
    const end = problems.length === 0 ? "as expected" : problems.join("\n  ");
    console.log(`${entry.name} (${Date.now() - begun} ms): ${end}`);
  }
  await standIns.remove();
  process.exitCode = failed === 0 ? 0 : 1;
}

void main(process.argv.slice(2));
