import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Ended, exec } from "../support/exec.ts";
import { sshArguments } from "../support/git-environment.ts";
import { page } from "../support/sample-apps.ts";
import { TestHost } from "../support/test-host.ts";

let host: TestHost;

beforeAll(async () => {
  host = await TestHost.start();
  await host.must(host.push("blog", page("blog")));
});

afterAll(async () => {
  await host.destroy();
});

/** What `octo -H` and plain ssh need to find the tests' key. */
async function sshConfig(): Promise<string> {
  const wrapper = `${host.folder}/bin`;
  const options = sshArguments(host.sshKey).join(" ");
  const script = `#!/bin/sh\nexec /usr/bin/ssh ${options} "$@"\n`;
  await exec("sh", ["-c", 'mkdir -p "$0" && cat > "$0/ssh" && chmod 755 "$0/ssh"', wrapper], {
    input: script,
    env: host.env,
  });
  return wrapper;
}

/** `octo` of a machine that has no Goku of its own. */
async function octoThere(input: string, ...args: string[]): Promise<Ended> {
  const path = `${await sshConfig()}:${host.env["PATH"]}`;
  const env = { PATH: path, HOME: host.folder, GOKU_DATA: "/nonexistent" };
  return exec(`${host.data}/bin/octo`, args, { env: { ...env, GOKU_DATA: host.data }, input });
}

const ways = {
  "octo -H": (input: string, ...words: string[]) =>
    octoThere(input, "-H", `ssh://git@127.0.0.1:${host.sshPort}`, ...words),
  "plain ssh": async (input: string, ...words: string[]) => {
    const path = `${await sshConfig()}:${host.env["PATH"]}`;
    const args = ["-p", String(host.sshPort), "git@127.0.0.1", ...words];
    return exec("ssh", args, { env: { PATH: path, HOME: host.folder }, input });
  },
} as const;

describe.each(["octo -H", "plain ssh"] as const)("by %s", (way) => {
  const there = (...words: string[]) => ways[way]("", ...words);

  it("verbs answer as they do on the server", async () => {
    const here = await host.must(host.octo("releases", "blog", "--json"));
    expect(await there("releases", "blog", "--json")).toEqual(here);
    expect((await there("status")).stdout).toBe("blog: OK\n");
    expect((await there("logs", "blog", "--build")).stdout).toBe(
      (await host.octo("logs", "blog", "--build")).stdout,
    );
  });

  it("exit statuses are the same", async () => {
    const missing = await there("info", "blgo");
    expect(missing.status).toBe(1);
    expect(missing.stderr).toContain("Did you mean blog?");
    expect((await there("statsu")).status).toBe(2);
    expect((await there("run", "blog", "--", "sh", "-c", "'exit 7'")).status).toBe(
      way === "plain ssh" ? 7 : 127,
    );
  });

  it("standard input arrives", async () => {
    const value = "from afar, $HOME 'quoted'";
    const set = await ways[way](`${value}\n`, "config:set", "blog/AFAR", "-");
    expect(set.status, set.stderr).toBe(0);
    expect((await there("config:get", "blog/AFAR")).stdout).toBe(`${value}\n`);
    expect((await ways[way]("hello", "run", "blog", "--", "cat")).stdout).toBe("hello");
  });

  it("changes are made, and said to be by the key's owner", async () => {
    const restarted = await there("restart", "blog");
    expect(restarted.status).toBe(0);
    expect(restarted.stderr + restarted.stdout).toContain("is live: restart");
    const [newest] = await host.octoJson<{ by: string }[]>("releases", "blog");
    expect(newest?.by).toBe("tester");
  });
});

describe("octo -H", () => {
  it("hands words on whole", async () => {
    const value = "two words, $HOME `id` 'and' \"quotes\"\nand a line";
    const set = await ways["octo -H"]("", "config:set", "blog/WORDS", value);
    expect(set.status, set.stderr).toBe(0);
    expect((await host.octo("config:get", "blog/WORDS")).stdout).toBe(`${value}\n`);
    const ran = await ways["octo -H"]("", "run", "blog", "--", "sh", "-c", 'echo "$WORDS"; exit 5');
    expect(ran).toMatchObject({ status: 5, stdout: `${value}\n` });
  });
});

describe("a session without a verb", () => {
  it("greets, and gives no shell", async () => {
    const greeted = await ways["plain ssh"]("echo a shell\n");
    expect(greeted.stdout).toContain("Hi tester, this is Goku.");
    expect(greeted.stdout).not.toContain("a shell");
    const shell = await ways["plain ssh"]("", "sh", "-c", "id");
    expect(shell.status).not.toBe(0);
    expect(shell.stdout).toBe("");
  });
});
