import { mkdtemp, readFile, rm } from "node:fs/promises";
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
