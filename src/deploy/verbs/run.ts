import type { App } from "../../app.ts";
import type { RunIo } from "../../ports.ts";
import type { Parts, Request } from "../parts.ts";
import { liveRelease } from "../story/release-again.ts";
import { replicaSpec } from "../plan/shape.ts";

/**
 * Runs a command in a container of its own, made like those of the live release, and removes it.
 * @returns its exit status
 */
export async function runCommand(
  parts: Parts,
  app: App,
  command: readonly string[],
  io: RunIo,
  request: Request,
): Promise<number> {
  const spec = replicaSpec(app, liveRelease(parts, app), 1);
  const alone = { ...spec, published: [], addName: false };
  parts.store.events.add({ app: app.id, who: request.by, what: "run", detail: command[0] ?? "" });
  return parts.engine.run(alone, command, io, request.signal);
}
