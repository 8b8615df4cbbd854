import { buildFailed } from "../../errors.ts";
import { bringsRevision } from "../../release.ts";
import type { Parts } from "../parts.ts";
import type { ComposeRelease } from "../plan/shape.ts";
import { lineWriter } from "../story/line-writer.ts";
import type { Story } from "../story/story.ts";
import { specOf } from "./current.ts";
import { type createStartOrder, settled } from "./start-order.ts";

/**
 * Runs the project's release command (`x-goku: {release: ...}`), once, in a new container of its service, when the
 * services that one depends on are well, and before any other starts. A restart, a rollback or a change of vars runs none.
 */
export async function runReleaseCommand(
  parts: Parts,
  release: ComposeRelease,
  order: ReturnType<typeof createStartOrder>,
  story: Story,
): Promise<void> {
  const { report, signal } = story;
  const { project } = release;
  if (project.release === null || !bringsRevision(release)) {
    return;
  }
  const { service, command } = project.release;
  const dependsOn = project.services.find(({ name }) => name === service)?.dependsOn ?? [];
  await story.step("startCandidate", async () => {
    await order.reach(dependsOn);
    await settled(
      dependsOn
        .filter(({ condition }) => condition === "service_started")
        .map((dependency) => order.healthy(dependency.service)),
    );
  });
  report.step(`Running the release command: ${command}`);
  const lines = lineWriter((line) => report.detail(line));
  const io = { stdin: null, stdout: lines, stderr: lines };
  // The command is the project's own and runs in its container, so the container's shell may read it.
  const exitStatus = await story.step("release", () =>
    parts.composer.run(specOf(release, []), service, ["/bin/sh", "-c", command], io, signal),
  );
  if (exitStatus !== 0) {
    throw buildFailed(
      `The release command ended with exit status ${exitStatus}: ${command}`,
      [],
      "Mend it and push again; it runs again with the next push.",
    );
  }
}
