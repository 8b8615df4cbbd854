import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterAll, beforeAll, beforeEach, expect, it } from "vitest";
import { exec } from "../support/exec.ts";

const parts = resolve(import.meta.dirname, "../../install");
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "goku-service-"));
});
afterAll(() => rm(folder, { recursive: true }));

beforeEach(async () => {
  await rm(join(folder, "versions"), { recursive: true, force: true });
  for (const version of ["old", "new"]) {
    await mkdir(join(folder, "versions", version), { recursive: true });
  }
  await writeFile(join(folder, "NRestarts"), "5\n");
});

/**
 * Starts version `new` by a systemd that counts restarts as the real one does: of a unit that waits to be started again,
 * `restart` keeps the count, and `reset-failed` forgets it.
 */
const start = (commands: string) =>
  exec("sh", [
    "-c",
    `set -eu; for part in ${parts}/*.sh; do . "$part"; done
    data=${folder}/data prefix=${folder} versions=${folder}/versions current=${folder}/current
    settings_file=${folder}/goku.toml settings_before=${folder}/goku.toml.before log=${folder}/log
    commands= version=new ready_seconds=1; read_settings() { :; }
    has_systemd() { true; }; write_units() { :; }; write_needrestart() { :; }; octo() { :; }; show_goku_log() { :; }
    is_running() { false; }
    systemctl() {
      case $1 in
        restart) serve ;;
        reset-failed) echo 0 >${folder}/NRestarts ;;
        show) cat ${folder}/NRestarts ;;
      esac
    }
    serve() { echo ready >"$ready_file"; }
    crash() { : >"$ready_file"; is_dead() { true; }; }
    ${commands}
    start_services`,
  ]);

it("takes over from a version that crashed again and again", async () => {
  const ended = await start(`ln -sfn versions/old ${folder}/current`);
  expect(ended).toMatchObject({ status: 0, stderr: "" });
});

it.each([
  ["rm -f $current", "Nothing was running before."],
  ["ln -sfn versions/new $current", "There is no other version to go back to."],
  ["ln -sfn versions/gone $current", "There is no other version to go back to."],
  ["ln -sfn versions/old $current", "old does not start either."],
])("says what there is to go back to: %s", async (before, said) => {
  const ended = await start(`serve() { crash; }; ${before}`);
  expect(ended.stderr).toContain("Goku new did not start");
  expect(ended.stderr).toContain(said);
  expect(ended.status).toBe(1);
});
