import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { badProject, cancelled, unhealthy } from "../../src/errors.ts";
import { adminRights } from "../../src/rights.ts";
import { mustBeDeployable } from "../../src/receiver/branch-rules.ts";
import { waitFor } from "../../src/system/wait.ts";
import { exec, must } from "../support/exec.ts";
import { DoorHost, doors } from "./support/door-host.ts";
import { Work } from "./support/work.ts";

let host: DoorHost;
let count = 0;

beforeAll(async () => {
  host = await DoorHost.start();
});

afterAll(async () => {
  await host.destroy();
});

beforeEach(() => {
  host.pushes = [];
  host.wholePushes = [];
  host.readsWholePush = false;
  host.rights = adminRights;
  host.onUpdate = () => undefined;
});

const newName = () => `repo-${(count += 1)}`;
const zeros = "0".repeat(40);
const refused = () => badProject("It cannot be built.", "Mend it.");

describe.each(doors)("a push over %s", (door) => {
  it("makes the repository, shows what is written and moves the ref", async () => {
    const work = await host.work();
    const name = newName();
    const head = await work.must("rev-parse", "HEAD");
    host.onUpdate = ({ write }) => {
      write("-----> Building");
      write("       grüße\nexit 1");
    };
    const pushed = await work.push(door, name, "main");
    expect(pushed.stderr).toContain("remote: -----> Building");
    expect(pushed.stderr).toContain("remote:        grüße");
    expect(pushed.stderr).toContain("remote: exit 1");
    expect(pushed.status).toBe(0);
    expect(host.pushes).toMatchObject([
      { repository: name, ref: "refs/heads/main", old: zeros, new: head },
    ]);
    expect(host.pushes[0]?.caller.name).toBe("tester");
    expect(await host.repositories.tip(name, "refs/heads/main")).toBe(head);
  });

  it("that is refused says why, moves no ref and can be repeated", async () => {
    const work = await host.work();
    const name = newName();
    host.onUpdate = () => {
      throw unhealthy("It never answered.", ["connection refused", "last log line"]);
    };
    const pushed = await work.push(door, name, "main");
    expect(pushed.status).toBe(1);
    expect(pushed.stderr).toContain("remote:  !     It never answered.");
    expect(pushed.stderr).toContain("remote:  !     last log line");
    expect(pushed.stderr).toContain("[remote rejected] main -> main (hook declined)");
    expect(await host.repositories.tip(name, "refs/heads/main")).toBeNull();
    host.onUpdate = () => undefined;
    expect((await work.push(door, name, "main")).status).toBe(0);
  });

  it("that meets a bug shows a reference and not the bug", async () => {
    const work = await host.work();
    host.onUpdate = () => {
      throw new TypeError("secret of undefined");
    };
    const pushed = await work.push(door, newName(), "main");
    expect(pushed.status).toBe(1);
    expect(pushed.stderr).toMatch(/remote: {2}! {5}Something in Goku broke \(reference \w+\)/);
    expect(pushed.stderr).not.toContain("secret");
  });

  it("of several refs moves those that were accepted", async () => {
    const work = await host.work();
    const name = newName();
    const head = await work.must("rev-parse", "HEAD");
    host.onUpdate = ({ ref }) => {
      if (ref === "refs/heads/bad") {
        throw refused();
      }
    };
    const pushed = await work.push(door, name, "main", "main:bad", "main:zebra");
    expect(pushed.status).toBe(1);
    expect(host.pushes).toHaveLength(3);
    expect(await host.repositories.tip(name, "refs/heads/main")).toBe(head);
    expect(await host.repositories.tip(name, "refs/heads/zebra")).toBe(head);
    expect(await host.repositories.tip(name, "refs/heads/bad")).toBeNull();
  });

  it("may rewrite history, store tags and delete even the branch of HEAD", async () => {
    const work = await host.work();
    const name = newName();
    await work.must("push", host.url(door, name), "main");
    const old = await work.must("rev-parse", "HEAD");
    await work.must("commit", "-q", "--amend", "-m", "other");
    const head = await work.must("rev-parse", "HEAD");
    await work.must("tag", "-a", "-m", "one", "v1");
    const tag = await work.must("rev-parse", "v1");
    await work.must("push", "--force", host.url(door, name), "main", "v1");
    await work.must("push", host.url(door, name), ":main");
    expect(host.pushes.slice(1).map(({ ref, old: from, new: to }) => [ref, from, to])).toEqual([
      ["refs/heads/main", old, head],
      ["refs/tags/v1", zeros, tag],
      ["refs/heads/main", head, zeros],
    ]);
    expect(await host.repositories.tip(name, "refs/heads/main")).toBeNull();
    expect(await host.repositories.tip(name, "refs/tags/v1")).toBe(tag);
  });

  it.each([
    ["as long as it may be", `${"x".repeat(248)}ü/${`${"x".repeat(250)}/`.repeat(10)}y`],
    ["with white space that git allows", "new\u3000shop\u00a0\u2028x"],
  ])("of a branch with a name %s moves its ref, and is seen to", async (_what, branch) => {
    const work = await host.work();
    const [name, ref] = [newName(), `refs/heads/${branch}`];
    mustBeDeployable(name, branch);
    const head = await work.must("rev-parse", "HEAD");
    expect((await work.push(door, name, `main:${ref}`)).status).toBe(0);
    expect(await host.repositories.tip(name, ref)).toBe(head);
  });

  it("with --atomic is refused before anything is deployed", async () => {
    const work = await host.work();
    const pushed = await work.push(door, newName(), "--atomic", "main", "main:other");
    expect(pushed.status).not.toBe(0);
    expect(pushed.stderr).toContain("does not support --atomic push");
    expect(host.pushes).toEqual([]);
  });

  it("shows all its refs at once where the default branch is not known", async () => {
    const work = await host.work();
    const name = newName();
    host.readsWholePush = true;
    await work.must("push", host.url(door, name), "main:master", "main", "main:feature/ü");
    const refs = host.wholePushes.map((updates) => updates.map(({ ref }) => ref).sort());
    expect(refs).toEqual([["refs/heads/feature/ü", "refs/heads/main", "refs/heads/master"]]);
    expect(host.pushes).toHaveLength(3);
    host.readsWholePush = false;
    await work.must("push", host.url(door, name), "main:more");
    expect(host.wholePushes).toHaveLength(1);
  });

  it.each([0, 1, 2])("works with git's protocol %d, and so does the clone", async (version) => {
    const work = await host.work();
    const name = newName();
    const config = ["-c", `protocol.version=${version}`];
    await work.must(...config, "push", host.url(door, name), "main");
    const clone = join(host.folder, "work", `${name}-clone`);
    await must(
      exec("git", [...config, "clone", "-q", host.url(door, name), clone], { env: host.env }),
    );
    const cloned = new Work(host, clone);
    expect(await cloned.must("rev-parse", "HEAD")).toBe(await work.must("rev-parse", "HEAD"));
    await work.must("push", host.url(door, name), "main:extra");
    await cloned.must(...config, "fetch", "-q");
    expect(await cloned.must("branch", "-r")).toContain("origin/extra");
  });

  it("from a shallow clone is taken", async () => {
    const work = await host.work();
    const name = newName();
    await work.commit({ "two.txt": "2" });
    await work.commit({ "three.txt": "3" });
    const clone = join(host.folder, "work", `${name}-shallow`);
    await work.must("clone", "-q", "--depth=1", `file://${work.path}`, clone);
    const shallow = new Work(host, clone);
    const head = await shallow.commit({ "four.txt": "4" });
    const pushed = await shallow.push(door, name, "main");
    expect(pushed.stderr).not.toContain("rejected");
    expect(await host.repositories.tip(name, "refs/heads/main")).toBe(head);
    const files = await host.repositories.readFiles(name, head, ["four.txt", "three.txt"]);
    expect([...files]).toEqual([
      ["four.txt", "4"],
      ["three.txt", "3"],
    ]);
  });

  it("from a shallow clone cuts nobody else's history off", async () => {
    const work = await host.work();
    const name = newName();
    await work.commit({ "two.txt": "2" });
    await work.must("push", host.url(door, name), "main");
    const clone = join(host.folder, "work", `${name}-cut`);
    await work.must("clone", "-q", "--depth=1", `file://${work.path}`, clone);
    const shallow = new Work(host, clone);
    await shallow.must("push", host.url(door, name), "main:same");
    await shallow.commit({ "three.txt": "3" });
    await shallow.must("push", host.url(door, name), "main:longer");
    const path = join(host.data, "repositories", `${name}.git`);
    const git = ["-c", "safe.directory=*", "-C", path, "rev-list", "--count"];
    const length = async (branch: string) => (await must(exec("git", [...git, branch]))).stdout;
    expect([await length("main"), await length("same"), await length("longer")]).toEqual([
      "2\n",
      "2\n",
      "3\n",
    ]);
  });

  it("finds an empty repository empty", async () => {
    const name = newName();
    await host.repositories.prepare(name);
    const clone = join(host.folder, "work", `${name}-empty`);
    const cloned = await exec("git", ["clone", host.url(door, name), clone], { env: host.env });
    expect(cloned.status).toBe(0);
    expect(cloned.stderr).toContain("empty repository");
  });

  it("and a fetch are refused at the door to those who may not", async () => {
    const work = await host.work();
    host.rights = { admin: false, deploy: [], read: [] };
    const name = newName();
    const pushed = await work.push(door, name, "main");
    expect(pushed.status).not.toBe(0);
    expect(pushed.stderr).toContain(` !     tester may not receive-pack ${name}.`);
    const fetched = await work.git("ls-remote", host.url(door, name));
    expect(fetched.stderr).toContain(` !     tester may not upload-pack ${name}.`);
    expect(await host.repositories.find(name)).toBeNull();
  });

  it("and a fetch of what is not there says so and makes nothing", async () => {
    const work = await host.work();
    const name = newName();
    const fetched = await work.git("ls-remote", host.url(door, name));
    expect(fetched.stderr).toContain(`There is no repository "${name}" here.`);
    expect(await host.repositories.find(name)).toBeNull();
  });

  it("of objects that would leave their folder is refused", async () => {
    const work = await host.work();
    const blob = await work.must("rev-parse", "HEAD:index.html");
    const entry = Buffer.concat([Buffer.from("100644 ..\0"), Buffer.from(blob, "hex")]);
    const made = await exec(
      "sh",
      [
        "-c",
        `printf '%s' "$1" | base64 -d | git hash-object -t tree -w --literally --stdin`,
        "sh",
        entry.toString("base64"),
      ],
      { cwd: work.path, env: host.env },
    );
    const commit = await work.must("commit-tree", made.stdout.trim(), "-m", "hostile");
    const pushed = await work.push(door, newName(), `${commit}:refs/heads/main`);
    expect(pushed.status).not.toBe(0);
    expect(pushed.stderr).toContain("hasDotdot");
    expect(host.pushes).toEqual([]);
  });

  it("without a running Goku says so in one sentence", async () => {
    const work = await host.work();
    const name = newName();
    await work.must("push", host.url(door, name), "main");
    const sentence = "Goku is not running on this server";
    await host.cutControl();
    try {
      await work.commit({ "a.txt": "a" });
      const pushed = await work.push(door, name, "main");
      expect(pushed.status).not.toBe(0);
      expect(pushed.stderr).toContain(` !     ${sentence}`);
    } finally {
      await host.openControl();
    }
  });

  it("that Goku leaves in the middle says so", async () => {
    const work = await host.work();
    const name = newName();
    host.onUpdate = async ({ write }) => {
      write("-----> Building");
      await host.cutControl();
      await host.openControl();
      // Had it gone live, Goku would move the ref by itself.
      throw cancelled("Goku was stopped");
    };
    const pushed = await work.push(door, name, "main");
    expect(pushed.status).toBe(1);
    expect(pushed.stderr).toContain(" !     Goku was stopped in the middle of this.");
    expect(await host.repositories.tip(name, "refs/heads/main")).toBeNull();
  });

  it("of a deletion that Goku leaves in the middle and ends has the branch removed all the same", async () => {
    const work = await host.work();
    const name = newName();
    await work.must("push", host.url(door, name), "main:feature");
    host.onUpdate = async () => {
      await host.cutControl();
      await host.openControl();
    };
    const pushed = await work.push(door, name, ":feature");
    expect(pushed.status).toBe(1);
    const tip = () => host.repositories.tip(name, "refs/heads/feature");
    const removed = async () => ((await tip()) === null ? true : null);
    expect(await waitFor(removed, { timeoutMs: 30_000 })).toBe(true);
  });
});

it("by another way than a door is refused", async () => {
  const work = await host.work();
  const path = await host.repositories.prepare(newName());
  const trusting = join(host.folder, "trusting");
  await writeFile(trusting, "[safe]\n\tdirectory = *\n");
  const pushed = await exec("git", ["push", path, "main"], {
    cwd: work.path,
    env: { ...host.env, GIT_CONFIG_GLOBAL: trusting },
  });
  expect(pushed.status).toBe(1);
  expect(pushed.stderr).toContain("does not know whose push this is");
});
