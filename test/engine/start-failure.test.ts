import { expect, it } from "vitest";
import { DockerAnswer } from "../../src/engine/client/docker.ts";
import { startFailure } from "../../src/engine/start-failure.ts";
import { specOf } from "./support.ts";

const spec = specOf({ image: "sha256:abc", version: 3, volumesFrom: "web_data" });
const runc =
  "failed to create task for container: failed to create shim task: OCI runtime create failed: runc create failed: unable to start container process: ";

it.each([
  [
    400,
    `${runc}exec: "nosuch": executable file not found in $PATH: unknown`,
    "unhealthy",
    'The command of the image of web-main cannot be run: "nosuch": executable file not found in $PATH.',
  ],
  [
    400,
    `${runc}error during container init: error mounting "/a" to rootfs at "/b": not a directory: unknown`,
    "unhealthy",
    'Docker cannot start a container of web-main: error mounting "/a" to rootfs at "/b": not a directory.',
  ],
  [
    500,
    "driver failed programming external connectivity on endpoint x (0a): Bind for 0.0.0.0:25 failed: port is already allocated",
    "refused",
    "Port 25 of this server is taken, and web-main wants it (# PORTS_FROM_HOST).",
  ],
  [
    500,
    "driver failed programming external connectivity on endpoint x (0a): Error starting userland proxy: listen tcp4 127.0.0.1:8443: bind: address already in use",
    "refused",
    "Port 8443 of this server is taken, and web-main wants it (# PORTS_FROM_HOST).",
  ],
  [
    400,
    "No such container: web_data",
    "refused",
    "The container web_data, whose volumes it wants (# VOLUMES_FROM), does not exist.",
  ],
  [
    404,
    "No such image: sha256:abc",
    "refused",
    "The image of v3 of web-main is no longer on this server.",
  ],
  [400, "no command specified", "refused", "The image of web-main says no command to run."],
])("makes one sentence of %i %s", (status, message, code, sentence) => {
  expect(startFailure(new DockerAnswer(status, message), spec)).toMatchObject({
    code,
    message: sentence,
  });
});

it("says what to do about a command that cannot be run", () => {
  const failure = startFailure(new DockerAnswer(400, `${runc}exec: "nosuch": gone: unknown`), spec);
  expect(failure).toMatchObject({ hint: expect.stringContaining("CMD") });
});

it("passes on what is not Docker's answer", () => {
  const error = new Error("called off");
  expect(startFailure(error, spec)).toBe(error);
});
