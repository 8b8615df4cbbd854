import type { App } from "../../app.ts";
import type { Parts } from "../parts.ts";
import type { ComposeRelease } from "../plan/shape.ts";
import { currentServices } from "./current.ts";

/**
 * Gives containers the `container_name` of the file, for `docker exec` and the like, once no other has it: two cannot
 * have one name while one takes the place of the other. On the project's networks it is an alias from the start.
 */
export async function nameContainers(
  parts: Parts,
  app: App,
  { project }: ComposeRelease,
): Promise<void> {
  const containers = await currentServices(parts, app.id);
  for (const { name } of project.services) {
    const wanted = project.definition.services[name]?.["x-goku-container-name"];
    const [only, ...others] = containers.filter(({ service }) => service === name);
    if (typeof wanted === "string" && only !== undefined && others.length === 0) {
      await parts.composer.renameService(only.id, wanted);
    }
  }
}
