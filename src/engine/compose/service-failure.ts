import { badProject, unhealthy } from "../../errors.ts";
import type { ServiceContainer } from "../../compose-ports.ts";
import { DockerAnswer } from "../client/docker.ts";
import { plainReason, takenPort } from "../start-failure.ts";

const missingMount = /bind source path does not exist: (\S+)|error mounting "([^"]+)"/;
const missingDevice = /error gathering device information while adding custom device "([^"]+)"/;
const addressTaken = /Address already in use/;

/** Docker's refusal to start a service's container, as one sentence for whoever wrote the compose file. */
export function serviceFailure(
  error: unknown,
  { app, service }: Pick<ServiceContainer, "app" | "service">,
): unknown {
  if (!(error instanceof DockerAnswer)) {
    return error;
  }
  const reason = plainReason(error.message);
  const port = takenPort(reason);
  if (port !== null) {
    return badProject(
      `Port ${port} of this server is taken, and the service ${service} of ${app} wants it.`,
      `See who has it: docker ps --filter publish=${port}, ss -ltnp "sport = :${port}"`,
    );
  }
  const [, device] = missingDevice.exec(reason) ?? [];
  if (device !== undefined) {
    return badProject(
      `The service ${service} of ${app} wants the device ${device}, and this server has none.`,
      "Take it out of `devices`, and push again.",
    );
  }
  const [, source, mounted] = missingMount.exec(reason) ?? [];
  const mount = source ?? mounted;
  if (mount !== undefined) {
    return badProject(
      `The service ${service} of ${app} cannot mount ${mount}: ${reason}.`,
      "Is it a folder where a file is wanted, or gone? Correct it and push again.",
    );
  }
  if (addressTaken.test(reason)) {
    return unhealthy(
      `Another container sits on the address that the service ${service} of ${app} was to have.`,
      [],
      "Push again, so that it gets another one.",
    );
  }
  if (reason.startsWith("exec: ")) {
    return unhealthy(
      `The command of the service ${service} of ${app} cannot be run: ${reason.slice("exec: ".length)}.`,
      [],
      "Is it in the image, and executable there? Correct `command`, `entrypoint` or the image, and push again.",
    );
  }
  if (/^no command specified/i.test(reason)) {
    return badProject(
      `The service ${service} of ${app} says no command to run, and neither does its image.`,
      "Give it a `command`, and push again.",
    );
  }
  return unhealthy(
    `Docker cannot start a container of the service ${service} of ${app}: ${reason}.`,
    [],
  );
}
