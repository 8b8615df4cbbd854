import { execFileSync } from "node:child_process";
import { once } from "node:events";
import { mkdir, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { describe, expect, it } from "vitest";
import { domainsRemove } from "../../src/cli/verbs/domains.ts";
import { buildLogPath } from "../../src/deploy/story/build-log.ts";
import type { Engine, Replica } from "../../src/ports.ts";
import { addApp, addKey, nobody, testControl } from "../web/test-control.ts";
import { runOcto } from "./run-octo.ts";

const noDocker: Partial<Engine> = {
  listReplicas: async () => {
    throw new TypeError("no engine here");
  },
};

describe("octo", () => {
  it("prints status in octohost's words", async () => {
    const host = await testControl();
    addApp(host, "blog");
    expect(await runOcto(["status"], host)).toEqual({
      status: 0,
      stdout: "blog: DOWN\n",
      stderr: "",
    });
  });

  it("says what to do where there is nothing, and not on standard output", async () => {
    const host = await testControl();
    const ended = await runOcto(["apps"], host);
    expect(ended).toMatchObject({ status: 0, stdout: "" });
    expect(ended.stderr).toContain("git push goku main");
  });

  it("prints one JSON document with --json", async () => {
    const host = await testControl();
    addApp(host, "blog");
    const { stdout, stderr } = await runOcto(["releases", "blog", "--json"], host);
    expect(JSON.parse(stdout)).toMatchObject([{ app: "blog-main", version: 1, status: "live" }]);
    expect(stderr).toBe("");
  });

  it.each([
    [["statsu"], "Did you mean status?"],
    [["info"], "Usage: octo info <app>"],
    [["rollback", "blog", "newest"], "versions look like v12"],
    [["-H", "git@host"], "-H takes a host and a verb"],
    [["-H", "-oProxyCommand=x", "apps"], "not a host"],
  ])("ends with 2 after %j", async (argv, said) => {
    const ended = await runOcto(argv);
    expect(ended).toMatchObject({ status: 2, stdout: "" });
    expect(ended.stderr).toContain(said);
    expect(ended.stderr).toMatch(/^( !     .+\n)+$/);
  });

  it("without a verb shows the help as an error, and with `help` as an answer", async () => {
    const [none, asked] = [await runOcto([]), await runOcto(["help"])];
    expect(none).toMatchObject({ status: 2, stdout: "" });
    expect(asked).toMatchObject({ status: 0, stderr: "", stdout: none.stderr });
    expect(await runOcto(["help", "scale"])).toEqual(await runOcto(["scale", "--help"]));
  });

  it("says in one sentence that the daemon is not running", async () => {
    const { status, stderr } = await runOcto(["apps"], { data: "/nonexistent" });
    expect(status).toBe(1);
    expect(stderr).toContain(
      " !     Goku is not running: nothing answers on /nonexistent/goku.sock.\n !     Start it",
    );
  });

  it("says that the answer broke off", async () => {
    const host = await testControl({
      extra: {},
      engine: { listReplicas: () => new Promise(() => undefined) },
    });
    addApp(host, "blog");
    const server = createServer((socket) => {
      socket.once("data", () =>
        socket.end('HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n8\r\n{"line":\r\n'),
      );
    }).listen(`${host.data}/half.sock`);
    await once(server, "listening");
    execFileSync("mkdir", [`${host.data}/half`]);
    execFileSync("ln", ["-s", "../half.sock", `${host.data}/half/goku.sock`]);
    const { status, stderr } = await runOcto(["apps"], { data: `${host.data}/half` });
    server.close();
    expect(status).toBe(1);
    expect(stderr).toContain("stopped answering in the middle of apps");
  });

  it("shows the reference of a bug and ends with 1", async () => {
    const host = await testControl({ engine: noDocker });
    addApp(host, "blog");
    const { status, stderr } = await runOcto(["ps", "blog"], host);
    expect(status).toBe(1);
    expect(stderr).toMatch(/ !     Something in Goku broke \(reference [0-9a-f]{8}\)\./);
  });
});

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
      const ended = await runOcto(["config:set", `blog/${key}`, "-"], { ...host, input: value });
      expect(ended).toMatchObject({ status: 0, stderr: "" });
      const got = await runOcto(["config:get", `blog/${key}`], host);
      expect(got).toEqual({ status: 0, stdout: value, stderr: "" });
    }
    const { stdout } = await runOcto(["config", "blog", "--json"], host);
    expect(JSON.parse(stdout)).toEqual(awkward);
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
    await host.vars.change("blog", { set: { B: "x y", A: "one\ntwo" }, remove: [] });
    const { stdout } = await runOcto(["config", "blog"], host);
    expect(stdout).toBe('A: "one\\ntwo"\nB: x y\n');
  });

  it("says when vars will count, and that nothing changed", async () => {
    const host = await testControl();
    const set = () => runOcto(["config:set", "blog/A=1", "blog/B=2"], host);
    expect((await set()).stdout).toBe("Set A, B; they count from the first push of blog\n");
    expect((await set()).stdout).toBe("Nothing changed: blog has it so already.\n");
    const gone = await runOcto(["config:rm", "blog/A"], host);
    expect(gone.stdout).toBe("Removed A; they count from the first push of blog\n");
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

  it("refuses bytes that are no text", async () => {
    const host = await testControl();
    const input = Buffer.from([0xff, 0xfe]);
    expect(await runOcto(["config:set", "blog/A", "-"], { ...host, input })).toMatchObject({
      status: 2,
      stderr: expect.stringContaining("not text in UTF-8"),
    });
  });
});

describe("domains", () => {
  it.each([
    [["a.example", "b.example"], "blog has the domains a.example b.example.\n"],
    [[], "blog has only its own host names.\n"],
  ])("that were set: %j", (domains, said) => {
    const answer = { app: "blog", domains, release: null };
    expect(domainsRemove.print(answer, { color: false })).toBe(said);
  });
});

describe("keys and tokens", () => {
  const pub = `ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAI${"A".repeat(43)} me@here\n`;

  it("keys:add prints the fingerprint, keys:list the rights", async () => {
    const host = await testControl();
    const added = await runOcto(["keys:add", "laptop", "--app", "blog", "shop-*"], {
      ...host,
      input: pub,
    });
    expect(added.stdout).toMatch(/^SHA256:\S{43} laptop \(deploys blog, shop-\*\)\n$/);
    const { stdout } = await runOcto(["keys:list"], host);
    expect(stdout).toMatch(/^laptop {2}SHA256:\S{43} {2}deploys blog, shop-\* {2}\d{4}-/);
  });

  it("keys:add refuses what is no key", async () => {
    const host = await testControl();
    expect(await runOcto(["keys:add", "laptop"], { ...host, input: "hello" })).toMatchObject({
      status: 1,
      stdout: "",
      stderr: expect.stringContaining("not a public SSH key"),
    });
  });

  it("tokens:add prints the token alone", async () => {
    const host = await testControl();
    const { stdout, stderr } = await runOcto(["tokens:add", "ci"], host);
    expect(stdout).toMatch(/^[\w-]{43}\n$/);
    expect(stderr).toContain("shown this once");
  });
});

describe("logs", () => {
  const replica: Replica = {
    id: "r",
    name: "blog-main-v1-1",
    app: "blog-main",
    service: null,
    version: 1,
    index: 1,
    image: "i",
    address: null,
    running: true,
    restarting: false,
    createdAt: "",
  };
  const documents = (stdout: string): unknown[] =>
    stdout
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line));
  const lines: Partial<Engine> = {
    listReplicas: async () => [replica],
    async *logs() {
      yield "one";
      yield "two 🚀";
    },
  };

  it("are standard output, or a JSON array of lines", async () => {
    const host = await testControl({ engine: lines });
    addApp(host, "blog");
    const plain = await runOcto(["logs", "blog"], host);
    expect(plain).toMatchObject({ stdout: "v1.1 | one\nv1.1 | two 🚀\n", stderr: "" });
    const json = await runOcto(["logs", "blog", "--json"], host);
    expect(JSON.parse(json.stdout)).toEqual(["v1.1 | one", "v1.1 | two 🚀"]);
  });

  it("that are followed are one JSON document per line, with their container", async () => {
    const host = await testControl({
      engine: {
        ...lines,
        async *logs() {
          yield 'said "one"\tand a tab';
          yield "two 🚀";
          // Nobody follows an app that is gone.
          host.store.apps.remove("blog-main");
        },
      },
    });
    addApp(host, "blog");
    const { status, stdout, stderr } = await runOcto(["logs", "blog", "-f", "--json"], host);
    const from = { version: 1, index: 1, service: null };
    expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
    expect(documents(stdout)).toEqual([
      { line: 'said "one"\tand a tab', ...from },
      { line: "two 🚀", ...from },
    ]);
  });

  it("of a compose project name the service", async () => {
    const host = await testControl({
      engine: {
        listReplicas: async () => [{ ...replica, service: "web" }],
        async *logs() {
          yield "one";
          host.store.apps.remove("blog-main");
        },
      },
    });
    addApp(host, "blog");
    const { stdout } = await runOcto(["logs", "blog", "-f", "--json"], host);
    expect(documents(stdout)).toEqual([{ line: "one", version: 1, index: 1, service: "web" }]);
  });

  it("of requests and of a build have no container", async () => {
    const entry = '{"host":"blog.example.test","status":200}';
    const host = await testControl({
      router: {
        async *accessLog() {
          yield entry;
        },
      },
    });
    const { id } = addApp(host, "blog");
    await mkdir(join(host.data, "builds", id), { recursive: true });
    await writeFile(buildLogPath(host.data, id, 1), "step 1\nstep 2\n");
    const nowhere = { version: null, index: null, service: null };

    const access = await runOcto(["logs", "blog", "--access", "-f", "--json"], host);
    const build = await runOcto(["logs", "blog", "--build", "-f", "--json"], host);

    expect(documents(access.stdout)).toEqual([{ line: entry, ...nowhere }]);
    expect(documents(build.stdout)).toEqual([
      { line: "step 1", ...nowhere, version: 1 },
      { line: "step 2", ...nowhere, version: 1 },
    ]);
  });

  it("that cannot be followed leave standard output empty", async () => {
    const host = await testControl();
    const ended = await runOcto(["logs", "nope", "-f", "--json"], host);
    expect(ended).toMatchObject({ status: 1, stdout: "" });
    expect(ended.stderr).toContain('There is no app "nope"');
  });
});

describe("run", () => {
  const upperCase: Partial<Engine> = {
    async run(_spec, command, { stdin, stdout, stderr }) {
      stderr.write(`${command.join("|")}\n`);
      stdout.write((stdin === null ? "" : await text(stdin)).toUpperCase());
      return 42;
    },
  };

  it("passes standard streams and the exit status through", async () => {
    const host = await testControl({ engine: upperCase });
    addApp(host, "blog");
    const input = "a🚀\n".repeat(50_000);
    const ended = await runOcto(["run", "blog", "--", "tr", "a b", "-c"], { ...host, input });
    expect(ended).toMatchObject({ status: 42, stderr: "tr|a b|-c\n" });
    expect(ended.stdout).toBe(input.toUpperCase());
  });

  it("loses nothing of a command that ends while the client still reads", async () => {
    const large = Buffer.alloc(20_000_000, "x");
    const host = await testControl({
      engine: {
        async run(_spec, _command, { stdout }) {
          for (let at = 0; at < large.length; at += 65_536) {
            stdout.write(large.subarray(at, at + 65_536));
          }
          return 0;
        },
      },
    });
    addApp(host, "blog");
    const ended = await runOcto(["run", "blog", "yes"], host);
    expect(ended.stdout.length).toBe(large.length);
  });

  it("with --json keeps standard output for the document", async () => {
    const host = await testControl({ engine: upperCase });
    addApp(host, "blog");
    const ended = await runOcto(["run", "--json", "blog", "x"], { ...host, input: "a" });
    expect(JSON.parse(ended.stdout)).toEqual({ exitStatus: 42 });
    expect(ended.stderr).toBe("x\nA");
  });

  it("of an app that is not there ends, however much input is to come", async () => {
    const host = await testControl();
    const input = Buffer.alloc(20_000_000);
    const ended = await runOcto(["run", "blog", "cat"], { ...host, input });
    expect(ended).toMatchObject({
      status: 1,
      stderr: expect.stringContaining('There is no app "blog".'),
    });
  });
});

describe("the forced command of a key", () => {
  it("has that key's rights", async () => {
    const host = await testControl();
    addApp(host, "blog");
    addApp(host, "shop");
    addKey(host, "laptop", { ...nobody, deploy: ["shop"] });
    const forced = (sshCommand: string) => runOcto([], { ...host, key: "laptop", sshCommand });
    expect((await forced("status")).stdout).toBe("shop: DOWN\n");
    expect((await forced("octo status")).stdout).toBe("shop: DOWN\n");
    expect((await forced("keys:list")).stderr).toContain("laptop may not");
    expect((await forced("info 'blog'")).stderr).toContain('There is no app "blog".');
  });

  it("expands nothing and starts nothing", async () => {
    const host = await testControl();
    addKey(host, "laptop", { ...nobody, deploy: ["*"] });
    const sshCommand = "config:set shop/A '$(id); `id`' --no-restart";
    await runOcto([], { ...host, key: "laptop", sshCommand });
    expect(await host.vars.read("shop")).toEqual({ A: "$(id); `id`" });
  });

  it("goes on to no other server", async () => {
    const ended = await runOcto([], { key: "laptop", sshCommand: "-H git@elsewhere apps" });
    expect(ended).toMatchObject({
      status: 2,
      stderr: expect.stringContaining("does not go on to another"),
    });
  });

  it("without a command shows the verbs and fails", async () => {
    expect(await runOcto([], { key: "laptop" })).toMatchObject({ status: 2, stdout: "" });
  });
});
