import { readFile } from "node:fs/promises";
import { afterAll, beforeAll, expect, it } from "vitest";
import { buildOf, never, testInstance } from "../support.ts";

const mebibyte = 2 ** 20;
const test = testInstance({
  build: { cpus: 0.2, memory: 64 * mebibyte, diskFloor: 0, timeoutMs: 60_000 },
});
const engine = test.connect();

beforeAll(() => engine.start());

afterAll(async () => {
  // The cap is the machine's: whoever builds next has his own again, and nobody is left with this one.
  const free = test.connect({ build: { ...test.options.build, cpus: 64, memory: 2 ** 40 } });
  await free.buildImage(
    buildOf({ Dockerfile: "FROM goku-test/busybox\n" }),
    () => undefined,
    never,
  );
  await test.destroy();
});

function build(command: string): Promise<string[]> {
  const lines: string[] = [];
  const Dockerfile = `FROM goku-test/busybox\nRUN : ${test.instance}; ${command}\n`;
  const built = engine.buildImage(buildOf({ Dockerfile }), (line) => lines.push(line), never);
  return built.then(() => lines);
}

it("gives all builds together their share of CPU", async () => {
  // What the kernel counted for a process that never rests for a second: user and system time in hundredths.
  const burn =
    "timeout 1 sh -c 'while :; do :; done'; awk '{print \"used\", $16 + $17}' /proc/$$/stat";
  const began = performance.now();
  const [one, two] = await Promise.all([build(`: one; ${burn}`), build(`: two; ${burn}`)]);
  const seconds = (performance.now() - began) / 1000;
  const used = [...one, ...two].flatMap((line) => {
    const [, hundredths] = /^used (\d+)$/.exec(line) ?? [];
    return hundredths === undefined ? [] : [Number(hundredths) / 100];
  });
  expect(used).toHaveLength(2);
  const share = used.reduce((sum, each) => sum + each, 0) / seconds;
  expect(share).toBeLessThan(0.35);
});

it("ends one that wants more memory than there is for builds", async () => {
  await expect(build("tail /dev/zero; exit $?")).rejects.toMatchObject({
    code: "build-failed",
    message: expect.stringMatching(/exit status 137/),
    hint: expect.stringContaining("memory"),
  });
});

it("holds what the kernel was told", async () => {
  const folder = "/sys/fs/cgroup";
  const files = [
    `${folder}/memory/docker/buildkit/memory.limit_in_bytes`,
    `${folder}/docker/buildkit/memory.max`,
    `${folder}/goku-builds/memory.max`,
  ];
  const found = await Promise.all(files.map((file) => readFile(file, "utf8").catch(() => "")));
  expect(found.filter((text) => text !== "").map(Number)).toContain(64 * mebibyte);
});
