import { mkdir, mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { expect, it } from "vitest";
import { placesOf } from "../../src/router/places.ts";
import { exec } from "../support/exec.ts";

const parts = resolve(import.meta.dirname, "../../install");

it.each(["/var/lib/goku", "/srv/goku"])(
  "nginx of %s starts again after a kill: its unit removes the socket that Goku has it listen on",
  async (data) => {
    const folder = await mkdtemp(join(tmpdir(), "goku-units-"));
    const places = placesOf({ folder: join(data, "nginx"), logFolder: "/logs", otherUser: true });

    const written = await exec("sh", [
      "-c",
      `set -eu; . ${parts}/units.sh; logged() { :; }; note() { :; }; units=${folder}; data=${data}
      current=/current; ready_file=/ready; write_units`,
    ]);
    const unit = await readFile(join(folder, "goku-nginx.service"), "utf8");
    await rm(folder, { recursive: true });

    expect(written).toEqual({ status: 0, stdout: "", stderr: "" });
    expect(unit).toContain(`\nExecStartPre=-/bin/rm -f ${places.status}\n`);
    expect(unit).toContain(` -c ${places.main} -p ${places.folder}\n`);
    expect(unit).toContain(`\nPIDFile=${places.pid}\n`);
  },
);

it("has needrestart, where it is, leave nginx alone and nothing else", async () => {
  const folder = await mkdtemp(join(tmpdir(), "goku-needrestart-"));
  const write = `set -eu; . ${parts}/units.sh; needrestart=${folder}/conf.d; write_needrestart`;
  expect(await exec("sh", ["-c", write])).toEqual({ status: 0, stdout: "", stderr: "" });

  await mkdir(join(folder, "conf.d"));
  await exec("sh", ["-c", write]);
  // As needrestart reads it, and asks its patterns about a unit.
  const ask = `our %nrconf = (override_rc => {}); eval <> or !$@ or die $@;
    foreach my $unit (qw(goku-nginx.service my-goku-nginx.service goku.service nginx.service)) {
      print "$unit\n" if grep { $unit =~ /$_/ && !$nrconf{override_rc}{$_} } keys %{$nrconf{override_rc}};
    }`;
  const asked = await exec("perl", ["-w", "-e", ask, join(folder, "conf.d/goku.conf")]);
  await rm(folder, { recursive: true });
  expect(asked).toEqual({ status: 0, stdout: "goku-nginx.service\n", stderr: "" });
});

it("has a unit on the disk before it has its name", async () => {
  const folder = await mkdtemp(join(tmpdir(), "goku-units-"));
  const write = `set -eu; . ${parts}/units.sh; note() { :; }; units=${folder}
    sync() { cat "$1"; ls ${folder}; }; echo text | write_unit goku.service`;
  const { stdout } = await exec("sh", ["-c", write]);
  const written = await readFile(join(folder, "goku.service"), "utf8");
  await rm(folder, { recursive: true });
  expect(stdout).toBe("text\ngoku.service.new\n");
  expect(written).toBe("text\n");
});
