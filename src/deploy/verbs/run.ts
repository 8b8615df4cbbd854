import type { App } from "../../app.ts";
import { noMainService } from "../../errors.ts";
import type { RunIo } from "../../ports.ts";
import type { Parts, Request } from "../parts.ts";
import { type ComposeRelease, isCompose, mainService, replicaSpec } from "../plan/shape.ts";
import { servicesOf } from "../services/current.ts";
import { silentReport } from "../report.ts";
import { assertAllowed } from "../story/policy.ts";
import { liveRelease } from "../story/release-again.ts";
import { withService } from "./find-service.ts";

/**
 * Runs a command in a container of its own, made like those of the live release, and removes it. Of a project, like those
 * of the service; without one like those of the service that serves.
 * @returns its exit status
 * @throws noServices, noSuchService, noMainService, againstPolicy
 */
export async function runCommand(
  parts: Parts,
  app: App,
  service: string | null,
  command: readonly string[],
  io: RunIo,
  request: Request,
): Promise<number> {
  const live = liveRelease(parts, app);
  const project = service === null ? live : withService(app, live, service);
  // A command of one's own choice in the container of what an admin brought would be as much as bringing it.
  assertAllowed(parts, app, live.project, request, silentReport);
  const tell = () => {
    const detail = command[0] ?? "";
    parts.store.events.add({ app: app.id, who: request.by, what: "run", detail });
  };
  if (isCompose(project)) {
    const name = service ?? servingService(app, project);
    tell();
    return parts.composer.run(servicesOf(project), name, command, io, request.signal);
  }
  const alone = { ...replicaSpec(app, project, 1), published: [], addName: false };
  tell();
  return parts.engine.run(alone, command, io, request.signal);
}

function servingService(app: App, { project }: ComposeRelease): string {
  const main = mainService(project);
  if (main === null) {
    const [first] = project.services;
    throw noMainService(app.name, `octo run ${app.name} ${first?.name ?? "SERVICE"} -- ls /`);
  }
  return main;
}
