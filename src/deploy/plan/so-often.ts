import type { App } from "../../app.ts";
import { badProject } from "../../errors.ts";
import { askedInPlace } from "../../project/compose/services.ts";
import { type ComposeRelease, scaleOf } from "./shape.ts";

/**
 * What cannot run twice for a moment cannot run twice for good, unless the file's author says that it can.
 * @throws badProject
 */
export function assertMayRunSoOften(app: App, release: ComposeRelease): void {
  const { file, services } = release.project;
  for (const { name, noTwin, replicas } of services) {
    const wanted = scaleOf(release, name);
    const most = Math.max(1, replicas);
    if (noTwin !== null && noTwin !== askedInPlace && wanted > most) {
      throw badProject(
        `${name} runs in ${most === 1 ? "one container" : `${most} containers`}, since ${noTwin}, and is set to ${wanted}.`,
        `Set its scale: octo scale ${app.name} ${name}=${most}. If more of them may run at once, say so in ${file}: deploy: {replicas: ${wanted}}`,
      );
    }
  }
}
