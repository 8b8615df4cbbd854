import { resolve } from "node:path";
import { expect, it } from "vitest";
import { exec } from "../support/exec.ts";

const parts = resolve(import.meta.dirname, "../../install");

it("sends no token over the open network", async () => {
  const said = await exec("sh", [
    "-c",
    `set -eu; . ${parts}/say.sh; . ${parts}/next.sh; has_keys() { true; }
    data=/var/lib/goku instance=second address=192.0.2.1 domain=apps.test
    http=0.0.0.0:80 web=127.0.0.1:8082 ssh=off; say_what_is_next`,
  ]);
  expect(said).toMatchObject({ status: 0, stderr: "" });
  expect(said.stdout).toContain("http://APP.apps.test\n");
  expect(said.stdout).toContain("ssh -L 8080:127.0.0.1:8082 root@192.0.2.1");
  expect(said.stdout).toContain("http://me:TOKEN@127.0.0.1:8080/git/APP.git");
  expect(said.stdout).not.toContain("TOKEN@goku");
});
