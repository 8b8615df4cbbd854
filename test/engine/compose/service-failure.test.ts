import { expect, it } from "vitest";
import { DockerAnswer } from "../../../src/engine/client/docker.ts";
import { serviceFailure } from "../../../src/engine/compose/service-failure.ts";

it.each([
  [
    "driver failed programming external connectivity on endpoint x (1): Bind for 0.0.0.0:8080 failed: port is already allocated",
    "refused",
    "Port 8080 of this server is taken, and the service web of blog-main wants it.",
  ],
  [
    'error gathering device information while adding custom device "/dev/kvm": no such file or directory',
    "refused",
    "The service web of blog-main wants the device /dev/kvm, and this server has none.",
  ],
  [
    'failed to create task for container: failed to create shim task: OCI runtime create failed: runc create failed: unable to start container process: exec: "nosuch": executable file not found in $PATH: unknown',
    "unhealthy",
    'The command of the service web of blog-main cannot be run: "nosuch": executable file not found in $PATH.',
  ],
  [
    "something else",
    "unhealthy",
    "Docker cannot start a container of the service web of blog-main: something else.",
  ],
])("says in a sentence why a service does not start: %s", (said, code, message) => {
  const failure = serviceFailure(new DockerAnswer(500, said), {
    app: "blog-main",
    service: "web",
  });
  expect(failure).toMatchObject({ code, message });
});

it("says what to do about a command that cannot be run", () => {
  const said = 'exec: "nosuch": executable file not found in $PATH';
  const failure = serviceFailure(new DockerAnswer(400, said), { app: "blog-main", service: "web" });
  expect(failure).toMatchObject({ hint: expect.stringContaining("`command`") });
});
