import { PassThrough } from "node:stream";
import type Docker from "dockerode";
import { expect, it } from "vitest";
import { DockerAnswer } from "../../../src/engine/client/docker.ts";
import { attend } from "../../../src/engine/replica/attend.ts";
import { unrunnable } from "../../../src/engine/replica/unrunnable.ts";
import { collector } from "../../support/collector.ts";
import { silentLog } from "../../support/silent-log.ts";
import { stub } from "../../web/stub.ts";

const runc =
  "failed to create task for container: failed to create shim task: OCI runtime create failed: runc create failed: unable to start container process: ";

it.each([
  ['exec: "nosuch": executable file not found in $PATH', 127],
  ['exec: "/nosuch": stat /nosuch: no such file or directory', 127],
  ['exec: "/etc/passwd": permission denied', 126],
  ['exec: "/etc": is a directory', 126],
])("gives %s the exit status of a shell", (why, exitStatus) => {
  expect(unrunnable(new DockerAnswer(400, `${runc}${why}: unknown`))).toEqual({
    exitStatus,
    why: why.slice("exec: ".length),
  });
});

it("gives no other failure an exit status", () => {
  expect(unrunnable(new DockerAnswer(404, "No such image: sha256:abc"))).toBeNull();
  expect(unrunnable(new Error('exec: "nosuch"'))).toBeNull();
});

it("is told on standard error of the command, and no failure of Docker's", async () => {
  const refused = new DockerAnswer(
    400,
    `${runc}exec: "nosuch": executable file not found: unknown`,
  );
  const container = stub<Docker.Container>("container", {
    attach: async () => new PassThrough(),
    start: async () => {
      throw refused;
    },
  });
  const [stdout, stderr] = [collector(), collector()];
  const io = { stdin: null, stdout: stdout.stream, stderr: stderr.stream };
  const status = await attend(container, io, new AbortController().signal, silentLog());
  expect([status, stdout.text(), stderr.text()]).toEqual([
    127,
    "",
    'The command cannot be run: "nosuch": executable file not found.\n',
  ]);
});
