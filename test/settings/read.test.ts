import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { GokuError } from "../../src/errors.ts";
import { noteAddress } from "../../src/settings/last-address.ts";
import { readSettings, type SettingsOptions } from "../../src/settings/read.ts";
import { silentLog } from "../support/silent-log.ts";

let folder: string;
let files = 0;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "goku-settings-"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const machine = {
  cores: 8,
  memory: 4 * 2 ** 30,
  links: ["lo", "eth0"],
  upMs: 60_000,
  interfaces: {
    eth0: [
      {
        address: "93.184.216.34",
        netmask: "255.255.255.0",
        family: "IPv4" as const,
        mac: "00:00:00:00:00:00",
        internal: false,
        cidr: null,
      },
    ],
  },
};

/** As it has just booted. */
const unreached = { ...machine, interfaces: {} };

const read = (env: SettingsOptions["env"], configFile: string | null = null) =>
  readSettings({ env, configFile, defaultFile: join(folder, "absent.toml"), machine });

async function toml(text: string): Promise<string> {
  files += 1;
  const path = join(folder, `goku-${files}.toml`);
  await writeFile(path, text);
  return path;
}

/** All that the operator reads. */
async function complaint(reading: Promise<unknown>): Promise<string> {
  const error = await reading.then(
    () => null,
    (reason: unknown) => reason,
  );
  if (!(error instanceof GokuError)) {
    throw new Error("nothing was refused", { cause: error });
  }
  expect(error.exitStatus).toBe(2);
  return [error.message, ...error.details, error.hint].join("\n");
}

test("without a file and variables, the defaults", async () => {
  expect(await read({ PATH: "/bin" })).toEqual({
    data: "/var/lib/goku",
    instance: "goku",
    domain: "93.184.216.34.sslip.io",
    http: { host: "0.0.0.0", port: 80 },
    https: { host: "0.0.0.0", port: 443 },
    web: { host: "127.0.0.1", port: 8080 },
    ssh: { host: "0.0.0.0", port: 2222 },
    consul: null,
    consulToken: null,
    consulPrefix: "goku",
    subnet: "10.213.0.0/16",
    registry: null,
    dockerSocket: "/var/run/docker.sock",
    deadlineMs: 60_000,
    drainMs: 30_000,
    stopMs: 30_000,
    buildTimeoutMs: 1_200_000,
    buildCpus: 4,
    buildMemory: 2 * 2 ** 30,
    buildDiskFloor: 2 ** 30,
    buildCache: 10 * 2 ** 30,
    parallelDeploys: 8,
    policy: "lenient",
    keepImages: 5,
    keepReleases: 50,
    logLevel: "info",
  });
});

test("the defaults of this very machine are valid settings", async () => {
  const settings = await readSettings({ env: {}, configFile: await toml("") });
  expect(settings.domain).toMatch(/^[\d.]+\.sslip\.io$/);
});

test("the domain stays while the machine has no address yet", async () => {
  const data = await mkdtemp(join(folder, "data-"));
  const start = (now: typeof machine | typeof unreached) =>
    readSettings({
      env: { GOKU_DATA: data },
      configFile: null,
      defaultFile: data + "/none",
      machine: now,
    });
  expect(await start(unreached)).toMatchObject({ domain: "127.0.0.1.sslip.io" });
  await noteAddress(await start(machine), silentLog(), machine);
  const late = await start(unreached);
  expect(late).toMatchObject({ domain: "93.184.216.34.sslip.io" });
  await noteAddress(late, silentLog(), unreached);
  expect(await start(unreached)).toEqual(late);
});

test.each(["", "93.184.216.34", "nonsense eth0\n", "93.184.216.34 eth0"])(
  "half a note of an address (%j) is none",
  async (text) => {
    const data = await mkdtemp(join(folder, "data-"));
    await writeFile(join(data, "address"), text);
    const options = { env: { GOKU_DATA: data }, configFile: await toml(""), machine: unreached };
    expect((await readSettings(options)).domain).toBe("127.0.0.1.sslip.io");
  },
);

test("one core is not halved", async () => {
  const small = { ...machine, cores: 1 };
  const settings = await readSettings({ env: {}, configFile: await toml(""), machine: small });
  expect(settings).toMatchObject({ buildCpus: 1, parallelDeploys: 2 });
});

test("the file wins over defaults, the environment over the file", async () => {
  const path = await toml(
    'domain = "a.org"\ninstance = "one"\nkeep_images = 7\nbuild_cpus = 1.5\nkeep_releases = "9"\n',
  );
  expect(await read({ GOKU_DOMAIN: "b.org" }, path)).toMatchObject({
    domain: "b.org",
    instance: "one",
    keepImages: 7,
    buildCpus: 1.5,
    keepReleases: 9,
  });
});

test("an empty variable says nothing", async () => {
  const path = await toml('domain = "a.org"');
  expect((await read({ GOKU_DOMAIN: "" }, path)).domain).toBe("a.org");
});

test("a value can be taken away again", async () => {
  const path = await toml('consul = "http://127.0.0.1:8500"\nregistry = "r.org"');
  const env = { GOKU_CONSUL: "none", GOKU_REGISTRY: "none", GOKU_SSH: "off" };
  expect(await read(env, path)).toMatchObject({ consul: null, registry: null, ssh: null });
});

test("a file that was named has to exist", async () => {
  const path = join(folder, "nowhere.toml");
  expect(await complaint(read({}, path))).toContain(`There is no settings file ${path}`);
});

test("a file that cannot be read is said to be that", async () => {
  expect(await complaint(read({}, folder))).toContain("cannot be read");
});

test("unknown keys and variables are named with the nearest known one", async () => {
  const path = await toml('domian = "a.org"\n[build]\ncpus = 1\n');
  const text = await complaint(read({ GOKU_KEEP_IMAGE: "1" }, path));
  expect(text).toContain("3 settings are wrong");
  expect(text).toContain(`domian in ${path}: there is no such setting. Did you mean domain?`);
  expect(text).toContain("build in ");
  expect(text).toContain(
    "GOKU_KEEP_IMAGE: there is no such setting. Did you mean GOKU_KEEP_IMAGES?",
  );
});

test("what the forced command tells octo is no setting", async () => {
  expect((await read({ GOKU_KEY: "ann", GOKU_HOST: "x" })).instance).toBe("goku");
});

test("a value of another kind is refused with its place", async () => {
  const path = await toml("ssh = false");
  expect(await complaint(read({}, path))).toContain(
    `ssh in ${path}: it is neither a text nor a number.\nWrite it in quotes`,
  );
});

test("a broken file is refused with its line, and without what stands in it", async () => {
  const path = await toml('domain = "a.org"\nconsul_token = "s3cret\n');
  const text = await complaint(read({}, path));
  expect(text).toContain(`${path} line 2`);
  expect(text).not.toContain("s3cret");
});

test.each([
  ["GOKU_CONSUL", "http://me:s3cret@127.0.0.1:8500", "GOKU_CONSUL_TOKEN"],
  ["GOKU_CONSUL", "https://s3cret@consul", "GOKU_CONSUL_TOKEN"],
  ["GOKU_CONSUL_TOKEN", "s3cret with spaces", "Copy it once more"],
  ["GOKU_REGISTRY", "me:s3cret@r.org", "docker login"],
])("%s=%s is refused without being repeated", async (name, value, fix) => {
  const text = await complaint(read({ [name]: value }));
  expect(text).toContain(fix);
  expect(text).not.toContain("s3cret");
});

test("everything that is wrong is said at once", async () => {
  const text = await complaint(read({ GOKU_WEB: "x", GOKU_DRAIN: "30", GOKU_NOPE: "1" }));
  expect(text).toContain("3 settings are wrong");
});

test("two that want one port are told", async () => {
  expect(await complaint(read({ GOKU_WEB: "127.0.0.1:80" }))).toContain(
    "GOKU_WEB: http listens on port 80 already",
  );
  const apart = { GOKU_HTTP: "127.0.0.1:90", GOKU_WEB: "127.0.0.2:90" };
  expect((await read(apart)).web.port).toBe(90);
});
