import { request as openRequest } from "node:http";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { maxBody } from "../../src/web/hooks.ts";
import { exec } from "../support/exec.ts";
import { DoorHost, doors } from "../receiver/support/door-host.ts";

let host: DoorHost;

beforeAll(async () => {
  host = await DoorHost.start();
});

afterAll(async () => {
  await host.destroy();
});

/** Lines of the answer to a script's question. */
function ask(path: string, body: string | Buffer): Promise<string[]> {
  return new Promise((resolve, reject) => {
    const socketPath = join(host.data, "goku.sock");
    const request = openRequest({ socketPath, path, method: "POST" }, (response) => {
      let text = "";
      response.setEncoding("utf8").on("data", (part: string) => {
        text += part;
      });
      response.once("end", () => resolve(text.trimEnd().split("\n")));
      response.once("error", reject);
    });
    request.once("error", reject);
    request.end(body);
  });
}

it("the forced command learns where the repository and its hooks are", async () => {
  const path = join(host.data, "repositories/blog.git");
  const answer = (hooks: string) => new RegExp(`^ok ${hooks} \\d+ ${path}$`);
  const body = `tester\n${process.pid}\nreceive-pack\nblog`;
  expect(await ask("/hooks/ssh", body)).toEqual([expect.stringMatching(answer("hooks"))]);
  host.readsWholePush = true;
  expect(await ask("/hooks/ssh", body)).toEqual([expect.stringMatching(answer("hooks-first"))]);
  host.readsWholePush = false;
});

it.each([
  ["/hooks/ssh", "removed\n1\nreceive-pack\nblog", "The key removed is no longer known"],
  ["/hooks/ssh", "tester\n1\nupload-archive\nblog", 'no git service "upload-archive"'],
  ["/hooks/ssh", "tester\n1\nreceive-pack\n../x", "cannot be a repository name"],
  ["/hooks/ssh", "", 'no git service ""'],
  [
    "/hooks/update",
    `1\nrefs/heads/main\n${"0".repeat(40)}\n${"1".repeat(40)}`,
    "whose push this is",
  ],
  ["/hooks/update", "", "whose push this is"],
  ["/hooks/update", "x\ny", "whose push this is"],
  ["/hooks/pre-receive", "2\n", "whose push this is"],
])("%s refuses %j with a sentence and a status", async (path, body, sentence) => {
  const lines = await ask(path, body);
  expect(lines.at(-1)).toBe("exit 1");
  expect(lines.slice(0, -1).every((line) => line.startsWith("| !     "))).toBe(true);
  expect(lines.join("\n")).toContain(sentence);
});

it("a push of more refs than are read is told so by its hook", async () => {
  const line = `${"0".repeat(40)} ${"1".repeat(40)} refs/heads/${"x".repeat(200)}`;
  const hook = join(host.data, "hooks-first/pre-receive");
  const script = 'yes "$1" | head -c "$2" | "$3"';
  const ended = await exec("sh", ["-c", script, "sh", line, String(maxBody), hook]);
  expect(ended.stdout).toBe(
    " !     The list of refs in this push is longer than 64 MiB.\n !     Push them in several pushes.\n",
  );
  expect(ended.status).toBe(1);
});

it.each(doors)(
  "a branch whose name is not UTF-8 is refused over %s, and others go on",
  async (door) => {
    const work = await host.work();
    const script = `git push "$1" main:main "main:refs/heads/$(printf 'f\\374r')"`;
    const pushed = await exec("sh", ["-c", script, "sh", host.url(door, `bytes-${door}`)], {
      cwd: work.path,
      env: host.env,
    });
    expect(pushed.status).toBe(1);
    expect(pushed.stderr).toContain("is not UTF-8");
    expect(await host.repositories.tip(`bytes-${door}`, "refs/heads/main")).not.toBeNull();
  },
);
