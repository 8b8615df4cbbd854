import { execFileSync } from "node:child_process";
import { describe, expect, it } from "vitest";
import { addApp, testControl } from "../web/test-control.ts";
import { runOcto } from "./run-octo.ts";

describe("config", () => {
  const awkward = {
    SPACES: "two  words ",
    QUOTES: `it's "quoted" \`twice\``,
    DOLLAR: "$HOME ${x} $(id) \\n",
    EQUALS: "a=b:c",
    LINES: "one\ntwo\n\n",
    EMOJI: "🚀",
    EMPTY: "",
    DASH: "-",
    OPTION: "--json",
    LARGE: "x".repeat(100_000),
  };

  it("brings awkward values there and back, raw", async () => {
    const host = await testControl();
    for (const [key, value] of Object.entries(awkward)) {
      const input = `${value}\n`;
      const ended = await runOcto(["config:set", `blog/${key}`, "-"], { ...host, input });
      expect(ended).toMatchObject({ status: 0, stderr: "" });
      const got = await runOcto(["config:get", `blog/${key}`], host);
      expect(got).toEqual({ status: 0, stdout: input, stderr: "" });
    }
    const { stdout } = await runOcto(["config", "blog", "--json"], host);
    expect(JSON.parse(stdout)).toEqual(awkward);
  });

  it("takes the names of an object's own properties like every other name", async () => {
    const host = await testControl();
    const keys = ["__proto__", "constructor", "prototype", "toString", "A"];
    const ended = await runOcto(["config:set", ...keys.map((key) => `blog/${key}=x`)], host);
    expect(ended).toMatchObject({ status: 0, stdout: expect.stringContaining("__proto__") });
    expect(Object.keys(await host.vars.read("blog")).sort()).toEqual(keys.sort());
    expect(await runOcto(["config:get", "blog/__proto__"], host)).toMatchObject({ stdout: "x\n" });
    const words = ["config:rm", "blog/__proto__", "blog/toString"];
    expect(await runOcto(words, host)).toMatchObject({ status: 0 });
    expect(Object.keys(await host.vars.read("blog")).sort()).toEqual([
      "A",
      "constructor",
      "prototype",
    ]);
  });

  it("exports commands that a shell replays", async () => {
    const host = await testControl();
    await host.vars.change("blog", { set: awkward, remove: [] });
    const { stdout } = await runOcto(["config:export"], host);
    expect(stdout).toContain("octo config:set blog/EQUALS 'a=b:c'\n");

    // A shell runs the lines with an octo that prints its words, each ended with a zero byte.
    const spy = `octo() { for word; do printf '%s\\0' "$word"; done; }\n`;
    const said = execFileSync("sh", ["-c", `${spy}${stdout}`], { encoding: "utf8" });
    const calls = said.split("config:set\0").slice(1);
    const replayed = await testControl();
    for (const call of calls) {
      const words = ["config:set", ...call.split("\0").slice(0, -1)];
      await runOcto(words, { ...replayed, input: "-" });
    }
    expect(await replayed.vars.read("blog")).toEqual(awkward);
  });

  it("writes options of docker run that a shell reads back, without what steers Goku", async () => {
    const host = await testControl();
    await host.vars.change("blog", { set: { ...awkward, DOMAINS: "a.example" }, remove: [] });
    const { stdout } = await runOcto(["config:env", "blog"], host);
    const said = execFileSync("sh", ["-c", `printf '%s\\0' ${stdout}`], { encoding: "utf8" });
    const words = said.split("\0").slice(0, -1);
    const settings = words.filter((_, at) => at % 2 === 1).sort();
    expect(words.filter((_, at) => at % 2 === 0).every((word) => word === "-e")).toBe(true);
    expect(settings).toEqual(
      Object.entries(awkward)
        .map(([key, value]) => `${key}=${value}`)
        .sort(),
    );
  });

  it("lists one var a line", async () => {
    const host = await testControl();
    addApp(host, "blog");
    await host.vars.change("blog", { set: { B: "x y", A: "one\ntwo" }, remove: [] });
    const { stdout } = await runOcto(["config", "blog"], host);
    expect(stdout).toBe('A: "one\\ntwo"\nB: x y\n');
  });

  it("says when vars will count, and that nothing changed", async () => {
    const host = await testControl();
    const set = () => runOcto(["config:set", "blog/A=1", "blog/B=2"], host);
    const warning = " !     There is no app blog yet: its vars wait for its first push.\n";
    expect((await set()).stdout).toBe(
      `${warning}Set A, B; they count from the first push of blog\n`,
    );
    expect((await set()).stdout).toBe(`${warning}Nothing changed: blog has it so already.\n`);
    const gone = await runOcto(["config:rm", "blog/A"], host);
    expect(gone.stdout).toBe("Removed A; they count from the first push of blog\n");
  });

  it("takes vars of an app that is like another's name for a likely slip", async () => {
    const host = await testControl();
    addApp(host, "blog");
    const set = await runOcto(["config:set", "blgo/A=1", "blgo/B=2"], host);
    expect(set).toMatchObject({ status: 0, stderr: "" });
    expect(set.stdout).toContain(
      " !     There is no app blgo yet: its vars wait for its first push. Did you mean blog? To take it back: octo config:rm blgo/A blgo/B\n",
    );
    const asJson = await runOcto(["config:set", "blgo/A=2", "--json"], host);
    expect(JSON.parse(asJson.stdout)).toMatchObject({ changed: ["A"], exists: false });
    expect(asJson.stderr).toContain("Did you mean blog?");
    expect((await runOcto(["config:rm", "blgo/A", "blgo/B"], host)).status).toBe(0);
    expect(await host.vars.read("blgo")).toEqual({});
  });

  it("says of vars without a release that the app was never deployed", async () => {
    const host = await testControl();
    await host.vars.change("nope", { set: { A: "1" }, remove: [] });
    const { stdout } = await runOcto(["config", "nope"], host);
    expect(stdout).toBe(
      " !     There is no app nope yet: its vars wait for its first push.\nA: 1\n",
    );
    host.store.apps.create("shop", "main");
    await host.vars.change("shop-main", { set: { A: "1" }, remove: [] });
    expect((await runOcto(["config", "shop-main"], host)).stdout).toBe(
      " !     shop-main was never deployed: none of its pushes went live.\nA: 1\n",
    );
    expect((await runOcto(["config:env", "nope"], host)).stdout).toBe("-e A='1'\n");
  });

  it("names what works where the app does not run", async () => {
    const host = await testControl();
    const app = addApp(host, "blog");
    const set = async (name: string, value: string) =>
      (await runOcto(["config:set", `${name}/A=${value}`, "--no-restart"], host)).stdout;
    expect(await set("blog", "1")).toBe(
      "Set A; they count from the next start: octo reload blog\n",
    );
    host.store.apps.setStopped(app.id, true);
    expect(await set("blog", "2")).toBe(
      "Set A; blog is stopped, and has them once it starts: octo start blog\n",
    );
    host.store.apps.create("shop", "main");
    expect(await set("shop-main", "1")).toBe(
      "Set A; shop-main has no release yet, and the next push has them\n",
    );
    const start = await runOcto(["start", "shop-main"], host);
    expect(start.status).toBe(1);
    expect(start.stderr).toContain("shop-main has no release yet");
  });

  it("removes no var that is not set, and names the nearest that is", async () => {
    const host = await testControl();
    await host.vars.change("blog", { set: { PORT: "1", A: "1" }, remove: [] });
    const gone = await runOcto(["config:rm", "blog/A", "blog/PROT"], host);
    expect(gone.status).toBe(1);
    expect(gone.stderr).toContain("blog has no config var PROT");
    expect(gone.stderr).toContain("Did you mean PORT?");
    expect(await host.vars.read("blog")).toEqual({ PORT: "1", A: "1" });
  });

  it("ends with 1 where there is no such var or app", async () => {
    const host = await testControl();
    await host.vars.change("blog", { set: { A: "1" }, remove: [] });
    addApp(host, "shop");
    const missing = await runOcto(["config:get", "blog/B"], host);
    expect(missing).toMatchObject({ status: 1, stdout: "" });
    expect(missing.stderr).toContain("blog has no config var B");
    const typo = await runOcto(["config", "shp"], host);
    expect(typo.stderr).toContain("Did you mean shop?");
  });

  it("refuses a var that is given twice", async () => {
    const host = await testControl();
    expect(await runOcto(["config:set", "blog/X=1", "blog/Y=1", "blog/X=2"], host)).toMatchObject({
      status: 2,
      stderr: expect.stringContaining("blog/X is given twice."),
    });
    expect(await host.vars.read("blog")).toEqual({});
  });

  it("refuses bytes that are no text", async () => {
    const host = await testControl();
    const input = Buffer.from([0xff, 0xfe]);
    expect(await runOcto(["config:set", "blog/A", "-"], { ...host, input })).toMatchObject({
      status: 2,
      stderr: expect.stringContaining("not text in UTF-8"),
    });
  });
});
