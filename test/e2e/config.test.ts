import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startConsul, type TestConsul } from "../support/consul.ts";
import { exec } from "../support/exec.ts";
import { envOf, replicaIds } from "../support/replicas.ts";
import { page } from "../support/sample-apps.ts";
import { TestHost } from "../support/test-host.ts";

interface Changed {
  readonly changed: string[];
  readonly release: { readonly version: number; readonly reason: string } | null;
}

/** A page that only a container without BREAK serves. */
const sensitive = (text: string) =>
  page(text, {
    Dockerfile: [
      "FROM goku-test/busybox",
      "COPY www /www",
      "EXPOSE 80",
      'CMD ["sh", "-c", "[ -z \\"$BREAK\\" ] || exit 7; exec httpd -f -p 80 -h /www"]',
      "",
    ].join("\n"),
  });

const awkward: Readonly<Record<string, string>> = {
  SPACES: "  two words  ",
  QUOTES: `she said "it's"`,
  DOLLAR: "$HOME ${PATH} $(id) `id`",
  EQUALS: "a=b==c",
  COLONS: "http://user:pass@host:80/?a=b",
  LINES: "one\ntwo\n\tthree\n",
  EMOJI: "🦑 и ü 漢字",
  BACKSLASH: "\\n \\ % !",
  DASH: "--json",
  EMPTY: "",
};

describe.each(["embedded", "consul"] as const)("config vars, kept in the %s store", (kind) => {
  let host: TestHost;
  let consul: TestConsul | null = null;

  beforeAll(async () => {
    consul = kind === "consul" ? await startConsul() : null;
    host = await TestHost.start(consul === null ? {} : { env: { GOKU_CONSUL: consul.address } });
  });

  afterAll(async () => {
    await host.destroy();
    await consul?.stop();
  });

  const version = async (app: string) =>
    (await host.octoJson<{ version: number }>("info", app)).version;

  it("can be set before the first push", async () => {
    const set = await host.must(host.octo("config:set", "blog/GREETING", "hello world"));
    expect(set.stdout + set.stderr).toContain("they count from the first push of blog");
    await host.must(host.push("blog", sensitive("blog")));
    expect(await envOf(host, "blog")).toMatchObject({ GREETING: "hello world" });
  });

  it("of one command make one release, and arrive as they were given", async () => {
    const before = await version("blog");
    const settings = Object.entries(awkward).map(([key, value]) => `blog/${key}=${value}`);
    const { changed, release } = await host.octoJson<Changed>("config:set", ...settings);
    expect(changed).toEqual(Object.keys(awkward).sort());
    expect(release?.version).toBe(before + 1);
    expect(await version("blog")).toBe(before + 1);
    expect(await envOf(host, "blog")).toMatchObject(awkward);
    expect(await host.octoJson("config", "blog")).toMatchObject(awkward);
  });

  it("of 100 kB arrive, those of 128 KiB are refused", async () => {
    const large = "ü".repeat(50_000);
    await host.must(host.octoWith(large, "config:set", "blog/LARGE", "-"));
    expect((await envOf(host, "blog"))["LARGE"]).toBe(large);
    const tooLarge = "x".repeat(128 * 1024 - "LARGE=".length);
    const refused = await host.octoWith(tooLarge, "config:set", "blog/LARGE", "-");
    expect(refused.status).toBe(2);
    expect(refused.stderr).toContain("is too large");
    expect((await envOf(host, "blog"))["LARGE"]).toBe(large);
    const gone = await host.octoJson<Changed>("config:rm", "blog/LARGE");
    expect(gone.changed).toEqual(["LARGE"]);
    expect(await envOf(host, "blog")).not.toHaveProperty("LARGE");
  });

  it("set to what they are start nothing", async () => {
    const ids = await settledIds("blog-main");
    const before = await version("blog");
    const again = await host.octoJson<Changed>("config:set", "blog/GREETING=hello world");
    expect(again).toMatchObject({ changed: [], release: null });
    expect(await version("blog")).toBe(before);
    expect(await replicaIds(host, "blog-main")).toEqual(ids);
  });

  it("set with --no-restart wait for the next start", async () => {
    const ids = await settledIds("blog-main");
    await host.must(host.octo("config:set", "--no-restart", "blog/LATER=soon"));
    expect(await host.octoJson("config:get", "blog/LATER")).toMatchObject({ value: "soon" });
    expect(await replicaIds(host, "blog-main")).toEqual(ids);
    expect(await envOf(host, "blog")).not.toHaveProperty("LATER");
    await host.must(host.octo("reload", "blog"));
    expect(await envOf(host, "blog")).toMatchObject({ LATER: "soon" });
  });

  it("that the app cannot live with are refused and not left behind", async () => {
    const before = await version("blog");
    const refused = await host.octo("config:set", "blog/BREAK=yes", "blog/BESIDE=it");
    expect(refused.status).toBe(1);
    expect(refused.stderr).toContain("ended with exit status 7");
    expect(refused.stderr).toContain("Nothing was written. The previous release is still serving.");
    expect(await version("blog")).toBe(before);
    expect((await host.see("blog")).body).toBe("blog");
    const vars = await host.octoJson<Record<string, string>>("config", "blog");
    expect(vars).not.toHaveProperty("BREAK");
    expect(vars).not.toHaveProperty("BESIDE");
    await host.must(host.octo("config:set", "blog/BESIDE=it"));
    expect(await envOf(host, "blog")).toMatchObject({ BESIDE: "it" });
  });

  it("set by several people at once are all kept", async () => {
    const keys = ["ONE", "TWO", "THREE", "FOUR"];
    const ended = await Promise.all(
      keys.map((key) => host.octo("config:set", `blog/${key}=${key}`)),
    );
    expect(ended.map(({ status }) => status)).toEqual([0, 0, 0, 0]);
    const expected = Object.fromEntries(keys.map((key) => [key, key]));
    expect(await host.octoJson("config", "blog")).toMatchObject(expected);
    expect(await envOf(host, "blog")).toMatchObject(expected);
  });

  it("that steer Goku never reach the container", async () => {
    await host.must(
      host.octo("config:set", "blog/CUSTOM_CHECK=/", "blog/MEMORY_LIMIT=64m", "blog/PLAIN=1"),
    );
    const env = await envOf(host, "blog");
    expect(env).toMatchObject({ PLAIN: "1", CONTAINER_NAME: "blog" });
    expect(env).not.toHaveProperty("CUSTOM_CHECK");
    expect(env).not.toHaveProperty("MEMORY_LIMIT");
    const said = (await host.must(host.octo("config:env", "blog"))).stdout;
    expect(said).toContain("-e PLAIN='1'");
    expect(said).not.toContain("MEMORY_LIMIT");
  });

  it("come back from an export, whatever they hold", async () => {
    const exported = (await host.must(host.octo("config:export", "blog"))).stdout;
    const before = await host.octoJson<Record<string, string>>("config", "blog");
    await host.must(
      host.octo("config:rm", "--no-restart", ...Object.keys(awkward).map((key) => `blog/${key}`)),
    );
    await replay(exported);
    expect(await host.octoJson("config", "blog")).toEqual(before);
  });

  it("are read one by one, as they are", async () => {
    expect((await host.must(host.octo("config:get", "blog/LINES"))).stdout).toBe(
      `${awkward["LINES"]}\n`,
    );
    const missing = await host.octo("config:get", "blog/NOTHING");
    expect(missing.status).toBe(1);
    expect(missing.stderr).toContain("blog has no config var NOTHING");
  });

  it("keep their values out of the log and the events", async () => {
    const secret = "hunter2-in-no-log";
    await host.must(host.octoWith(`${secret}\n`, "config:set", "blog/PASSWORD", "-"));
    expect(await envOf(host, "blog")).toMatchObject({ PASSWORD: secret });
    await host.octo("config:set", `blog/BREAK=${secret}`);
    expect((await host.must(host.octo("events", "blog", "--json"))).stdout).not.toContain(secret);
    expect((await host.must(host.octo("releases", "blog", "--json"))).stdout).not.toContain(secret);
    expect(host.log).not.toContain(secret);
  });

  /** When nothing of an older release is left. */
  async function settledIds(app: string): Promise<string[]> {
    await expect.poll(() => replicaIds(host, app), { timeout: 60_000 }).toHaveLength(1);
    return replicaIds(host, app);
  }

  /** Gives the lines to a shell, as a person would. */
  async function replay(script: string): Promise<void> {
    const quiet = script.replaceAll("octo config:set", "octo config:set --no-restart");
    const path = `${host.data}/bin:${host.env["PATH"]}`;
    await host.must(exec("sh", ["-ec", quiet], { env: { ...host.env, PATH: path } }));
  }
});
