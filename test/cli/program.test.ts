import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { expect, it } from "vitest";
import { exec } from "../support/exec.ts";
import { program } from "../support/program.ts";
import { quickFolder } from "../support/quick-folder.ts";

/* octo as a program of its own, where the machine lacks something. */

const octo = program("octo");

/** `octo help` by a line of sh, in which it is "$@". */
const help = (line: string) => exec("sh", ["-c", line, "sh", ...octo, "help"]);

it.each([
  ["nothing more fits", "ENOSPC", () => '"$@" > /dev/full'],
  ["a part of it fits", "EFBIG", (file: string) => `ulimit -f 1; "$@" > ${file}`],
])("says that its output is cut where %s", async (_case, reason, line) => {
  const { status, stderr } = await help(line(join(quickFolder("goku-octo-"), "cut")));
  expect(status).toBe(1);
  expect(stderr).toMatch(/^( !     .+\n){2}$/);
  expect(stderr).toContain(`what there is of it is incomplete: ${reason}`);
});

it("writes all of its output to a file, behind what is there", async () => {
  const file = join(quickFolder("goku-octo-"), "all");
  expect(await help(`echo before > ${file}; "$@" >> ${file}`)).toMatchObject({ stderr: "" });
  expect(await readFile(file, "utf8")).toBe(`before\n${(await help('"$@"')).stdout}`);
});

it("ends without a word when its reader has heard enough", async () => {
  const child = spawn("sh", ["-c", 'read go; exec "$@"', "sh", ...octo, "help"]);
  child.stdout.destroy();
  await once(child.stdout, "close");
  child.stdin.end("go\n");
  const [ended, said] = await Promise.all([once(child, "exit"), text(child.stderr)]);
  expect({ status: ended[0], said }).toEqual({ status: 141, said: "" });
});

it("ends with 255 and says what to install where there is no ssh", async () => {
  const [node, script] = octo;
  const ended = await exec(node, [script, "-H", "git@host", "status"], { env: { PATH: "/none" } });
  expect(ended).toMatchObject({ status: 255, stdout: "" });
  expect(ended.stderr).toContain("ssh, which octo -H needs, is not installed");
  expect(ended.stderr).toContain("openssh-client");
});
