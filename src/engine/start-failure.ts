import { badProject, imageGone, unhealthy } from "../errors.ts";
import type { ReplicaSpec } from "../ports.ts";
import { DockerAnswer } from "./client/docker.ts";

/** What runc, its shim and containerd say before the reason. */
const preamble =
  /^(?:failed to create (?:shim )?task(?: for container)?: |OCI runtime create failed: |runc create failed: |unable to start container process: |error during container init: )+/;

const portTaken =
  /Bind for \S*?:(\d+) failed: port is already allocated|listen tcp\d? \S*?:(\d+): bind/;

/** Docker's refusal to create or start a container, as one sentence for whoever wrote the project. */
export function startFailure(error: unknown, spec: ReplicaSpec): unknown {
  if (!(error instanceof DockerAnswer)) {
    return error;
  }
  const reason = plainReason(error.message);
  const port = takenPort(reason);
  if (port !== null) {
    return badProject(
      `Port ${port} of this server is taken, and ${spec.app} wants it (# PORTS_FROM_HOST).`,
      `See who has it: docker ps --filter publish=${port}, ss -ltnp "sport = :${port}"`,
    );
  }
  if (spec.volumesFrom !== null && reason.includes(`No such container: ${spec.volumesFrom}`)) {
    return dataContainerMissing(spec.volumesFrom);
  }
  if (error.status === 404 && reason.startsWith("No such image")) {
    return imageGone(`The image of v${spec.version} of ${spec.app}`, spec.app);
  }
  if (reason.startsWith("exec: ")) {
    return unhealthy(
      `The command of the image of ${spec.app} cannot be run: ${reason.slice("exec: ".length)}.`,
      [],
      "Is it in the image, and executable there? Correct the Dockerfile (CMD, ENTRYPOINT), and push again.",
    );
  }
  if (reason.startsWith("no command specified") || reason.startsWith("No command specified")) {
    return badProject(
      `The image of ${spec.app} says no command to run.`,
      "Give the Dockerfile a CMD, and push again.",
    );
  }
  return unhealthy(`Docker cannot start a container of ${spec.app}: ${reason}.`, []);
}

export function dataContainerMissing(name: string) {
  return badProject(
    `The container ${name}, whose volumes it wants (# VOLUMES_FROM), does not exist.`,
    `Create it and push again: docker create --name ${name} -v /data busybox`,
  );
}

/** The reason alone. */
export function plainReason(message: string): string {
  return message.replace(preamble, "").replace(/: unknown$/, "");
}

/** The port of the server that somebody else has; null where that is not the reason. */
export function takenPort(reason: string): string | null {
  const [, allocated, bound] = portTaken.exec(reason) ?? [];
  return allocated ?? bound ?? null;
}
