import { mkdir, readdir, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { exec } from "../support/exec.ts";
import { DoorHost } from "./support/door-host.ts";

let host: DoorHost;

beforeAll(async () => {
  host = await DoorHost.start();
});

afterAll(async () => {
  await host.destroy();
});

/** The forced command as sshd would start it; the advertisement of refs of what it serves, or what it says. */
async function command(asked: string | null, key = "tester") {
  const env: Record<string, string> = asked === null ? {} : { SSH_ORIGINAL_COMMAND: asked };
  // git serves until its client ends the conversation, and here it ends at once.
  return exec(host.scripts.sshCommand, [key], {
    env: { PATH: "/usr/bin:/bin", GIT_CONFIG_COUNT: "0", ...env },
    input: "0000",
  });
}

describe("git's services", () => {
  it.each([
    "git-receive-pack 'blog.git'",
    "git-receive-pack '/blog.git'",
    "git-receive-pack '/blog'",
    "git-receive-pack 'blog'",
    "git-receive-pack '~/blog.git'",
    "git-receive-pack blog.git/",
    'git-receive-pack "/blog.git"',
    "git receive-pack 'blog'",
    "git receive-pack /blog.git",
  ])("are found behind %s", async (asked) => {
    await host.repositories.prepare("blog");
    const served = await asOwner(asked);
    expect(served.stderr).toBe("");
    expect(served.stdout).toContain("capabilities^{}");
    expect(await host.repositories.list()).toEqual(["blog"]);
  });

  const hostile = [
    "../../x",
    "/../x.git",
    "x/../../y",
    "/srv/git/x.git",
    "a/b",
    "-x",
    "--upload-pack=id",
    ".x",
    ".git",
    "",
    "/",
    "~",
    "~root/x",
    "$(id)",
    "`id`",
    "a;id",
    "a b",
    "a' 'b",
    "a'\\''b",
    'a"b',
    "a\nb",
    "a\r\nb",
    "a|exit 0",
    "ok hooks /etc",
    "a\\b",
    "%2e%2e",
    "ä",
    "a*",
    "x".repeat(5000),
  ];

  it.each(hostile)("refuse the name %j", async (name) => {
    for (const service of ["receive-pack", "upload-pack"]) {
      for (const asked of [
        `git-${service} '${name}'`,
        `git-${service} ${name}`,
        `git ${service} "${name}"`,
      ]) {
        const answer = await command(asked);
        expect(answer.status).toBe(1);
        expect(answer.stdout).toBe("");
        expect(answer.stderr).toMatch(/^ ! {5}\S.*\n/);
        expect(answer.stderr).not.toContain("uid=");
      }
    }
    expect(await host.repositories.list()).toEqual(["blog"]);
    expect((await readdir(join(host.data, "repositories"))).sort()).toEqual([".goku", "blog.git"]);
  });

  it.each(["goku", "x..y", "a-", "blog.git.git"])(
    "refuse %s, by Goku's own rules",
    async (name) => {
      const answer = await command(`git-receive-pack '/${name}.git'`);
      expect(answer.status).toBe(1);
      expect(answer.stderr).toContain(`cannot be a repository name.`);
    },
  );

  it("refuse a key that is gone", async () => {
    const answer = await command("git-receive-pack 'blog'", "removed");
    expect(answer.status).toBe(1);
    expect(answer.stderr).toContain("The key removed is no longer known");
  });

  it("say when Goku is not running, and leave that to octo for its verbs", async () => {
    await host.cutControl();
    try {
      const answer = await command("git-upload-pack 'blog'");
      expect(answer.status).toBe(1);
      expect(answer.stderr).toBe(
        " !     Goku is not running on this server. Try again once it runs.\n",
      );
      const verb = await command("apps");
      expect(verb).toMatchObject({ status: 0, stderr: "" });
      expect(verb.stdout).toMatch(/^octo\n/);
    } finally {
      await host.openControl();
    }
  });
});

describe("what is no service of git's", () => {
  it.each([
    ["git-upload-archive 'blog.git'", "no archives"],
    ["git upload-archive 'blog.git'", "no archives"],
    ["scp -t /tmp", "scp or sftp"],
    ["scp", "scp or sftp"],
    ["/usr/lib/openssh/sftp-server", "scp or sftp"],
    ["/usr/lib/openssh/sftp-server -l INFO", "scp or sftp"],
    ["internal-sftp", "scp or sftp"],
  ])("is refused in one sentence: %s", async (asked, sentence) => {
    const answer = await command(asked);
    expect(answer.status).toBe(1);
    expect(answer.stderr).toContain(sentence);
    expect(answer.stderr.trim().split("\n")).toHaveLength(1);
  });

  it.each([
    "apps",
    "config:set blog/A 'two  words' \"$(id)\" *",
    "blog//restart",
    "config:set blog/X=/usr/lib/sftp-server",
    "git-receive-packs 'blog'",
    "git",
    "a\nb",
    " ",
  ])("goes to octo as it came: %j", async (asked) => {
    const answer = await command(asked);
    expect(answer.stdout).toBe(["octo", "tester", host.data, asked, "0", ""].join("\n"));
  });

  it("is greeted when it is nothing", async () => {
    for (const asked of [null, ""]) {
      const answer = await command(asked);
      expect(answer.status).toBe(0);
      expect(answer.stdout).toMatch(/^Hi tester, .*\n$/);
    }
  });
});

it("works by SSH, and a session without a command or with sftp ends with a sentence", async () => {
  expect((await host.ssh()).stdout).toContain("Hi tester");
  expect((await host.ssh("apps --json")).stdout).toContain("octo\ntester\n");
  const file = join(host.folder, "file");
  await writeFile(file, "x");
  const address = `${host.sshUser}@127.0.0.1:/tmp/`;
  const copied = await exec(
    "scp",
    ["-O", ...host.sshArgs, "-P", String(host.sshPort), file, address],
    { env: host.env },
  );
  expect(copied.status).not.toBe(0);
  expect(copied.stderr).toContain("Push them with git");
});

it("works in a folder whose name is no plain word", async () => {
  const odd = join(host.folder, 'it\'s a $(odd) "place"');
  await mkdir(odd);
  await symlink(host.data, join(odd, "data"));
  const answer = await exec(join(odd, "data/bin/ssh-command"), ["tester"], {
    env: { PATH: "/usr/bin:/bin", SSH_ORIGINAL_COMMAND: "apps" },
  });
  expect(answer.stdout).toContain(`${odd}/data\napps`);
});

/** git serves only the owner of a repository. */
async function asOwner(asked: string) {
  const user = host.gitUser;
  const as = user === null ? [] : [`--reuid=${user.uid}`, `--regid=${user.gid}`, "--clear-groups"];
  return exec("setpriv", [...as, host.scripts.sshCommand, "tester"], {
    env: { PATH: "/usr/bin:/bin", SSH_ORIGINAL_COMMAND: asked },
    input: "0000",
  });
}
