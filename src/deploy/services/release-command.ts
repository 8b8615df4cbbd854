import { bringsRevision } from "../../release.ts";
import { allEnded } from "../../system/all-ended.ts";
import type { Parts } from "../parts.ts";
import type { ComposeRelease } from "../plan/shape.ts";
import { runProjectCommand } from "../story/project-command.ts";
import type { Story } from "../story/story.ts";
import { servicesOf } from "./current.ts";
import type { createStartOrder } from "./start-order.ts";

/**
 * Runs the project's release command (`x-goku: {release: ...}`), once, in a new container of its service, when the
 * services that one depends on are well, and before any other starts. A restart, a rollback or a change of vars runs none.
 * @throws buildFailed
 */
export async function runReleaseCommand(
  parts: Parts,
  release: ComposeRelease,
  order: ReturnType<typeof createStartOrder>,
  story: Story,
): Promise<void> {
  const { project } = release;
  if (project.release === null || !bringsRevision(release)) {
    return;
  }
  const { service, command } = project.release;
  const dependsOn = project.services.find(({ name }) => name === service)?.dependsOn ?? [];
  await story.step("startCandidate", async () => {
    await order.reach(dependsOn);
    await allEnded(
      dependsOn
        .filter(({ condition }) => condition === "service_started")
        .map((dependency) => order.healthy(dependency.service)),
    );
  });
  await story.step("release", () =>
    runProjectCommand(command, parts.settings.buildTimeoutMs, story, (argv, io, signal) =>
      parts.composer.run(servicesOf(release), service, argv, io, signal),
    ),
  );
}
