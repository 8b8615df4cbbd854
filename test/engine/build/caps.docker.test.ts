import { cpus } from "node:os";
import { afterAll, beforeAll, expect, it } from "vitest";
import { exec, must } from "../../support/exec.ts";
import { buildOf, never, testInstance } from "../support.ts";

const mebibyte = 2 ** 20;
const test = await testInstance();
const engine = test.connect();
const small = { cpus: 64, memory: 64 * mebibyte };
const generous = { cpus: 64, memory: 2 ** 40 };

beforeAll(() => engine.start());

afterAll(async () => {
  // The cap is the machine's: whoever builds next has his own again, and nobody is left with this one.
  await build("true", generous);
  await test.destroy();
});

/** The cap is one for the machine: another Goku on it, building at this moment, sets its own. */
const shared = { retry: 5 };
let builds = 0;

async function build(command: string, cap: { cpus: number; memory: number }): Promise<string[]> {
  const lines: string[] = [];
  builds += 1;
  // Each has to run, whatever is in the builder's cache.
  const Dockerfile = `FROM goku-test/busybox\nRUN : ${test.instance} ${builds}; ${command}\n`;
  const capped = test.connect({ build: { ...test.options.build, ...cap } });
  await capped.buildImage(buildOf({ Dockerfile }), (line) => lines.push(line), never);
  return lines;
}

it("gives all builds together their share of CPU", shared, async () => {
  // What the kernel counted for a process that never rests for a second: user and system time in hundredths.
  const burn =
    "timeout 1 sh -c 'while :; do :; done'; awk '{print \"used\", $16 + $17}' /proc/$$/stat";
  const slow = { ...generous, cpus: 0.2 };
  const began = performance.now();
  const [one, two] = await Promise.all([build(burn, slow), build(burn, slow)]);
  const seconds = (performance.now() - began) / 1000;
  const used = [...one, ...two].flatMap((line) => {
    const [, hundredths] = /^used (\d+)$/.exec(line) ?? [];
    return hundredths === undefined ? [] : [Number(hundredths) / 100];
  });
  expect(used).toHaveLength(2);
  const share = used.reduce((sum, each) => sum + each, 0) / seconds;
  expect(share).toBeLessThan(0.35);
});

it("keeps builds to as many cores as they may use", shared, async () => {
  const where = "sleep 1; grep Cpus_allowed_list /proc/self/status";
  const cores = async (share: number) =>
    (await build(where, { ...generous, cpus: share })).find((line) => line.startsWith("Cpus"));
  const last = cpus().length - 1;
  expect(await cores(0.5)).toMatch(new RegExp(`\\s${last}$`));
  expect(await cores(64)).toMatch(new RegExp(`\\s0(-${last})?$`));
});

/** What to print of a process: its CPU time in all the time since it began, as a share of one core. */
const shareOf = (pid: string) =>
  `awk 'NR == 1 { used = $14 + $15; began = $22 } NR == 2 { print "share", used / ($1 * 100 - began) }' /proc/${pid}/stat /proc/uptime`;

const sharesIn = (text: string) =>
  [...text.matchAll(/^share (\S+)$/gm)].map(([, share]) => Number(share));

it("leaves it enough beside apps that keep every core busy", shared, async () => {
  const loops = cpus().map((_, core) => `${test.instance}-loop-${core}`);
  const run = ["run", "--detach", "--network", "none"];
  const forever = ["goku-test/busybox", "sh", "-c", "while :; do :; done"];
  const work = "i=0; while [ $i -lt 1500000 ]; do i=$((i + 1)); done";
  let lines: string[] = [];
  let said = "";
  try {
    for (const name of loops) {
      await must(exec("docker", [...run, "--name", name, ...forever]));
    }
    lines = await build(`${work}; ${shareOf("$$")}`, generous);
    for (const name of loops) {
      said += (await must(exec("docker", ["exec", name, "sh", "-c", shareOf("1")]))).stdout;
    }
  } finally {
    await must(exec("docker", ["rm", "--force", ...loops]));
  }
  const [share] = sharesIn(lines.join("\n"));
  const shares = sharesIn(said);
  expect(shares).toHaveLength(loops.length);
  // Half of what each of them has; a tenth, and on a machine with nothing else less, for one that always gave way.
  const usual = shares.reduce((sum, each) => sum + each, 0) / shares.length;
  expect(share).toBeGreaterThan(usual / 4);
});

it("ends one that wants more memory than there is for builds", shared, async () => {
  await expect(
    build("head -c 150000000 /dev/zero | tail -c 299999999 > /dev/null", small),
  ).rejects.toMatchObject({
    code: "build-failed",
    message: expect.stringMatching(/exit status 137/),
    hint: expect.stringContaining("memory"),
  });
});
