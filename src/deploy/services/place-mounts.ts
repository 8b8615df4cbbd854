import type { App } from "../../app.ts";
import type { Parts } from "../parts.ts";
import type { Report } from "../report.ts";
import type { ReadServices } from "./read-services.ts";

/** What the services mount from the tree is put where it stays; tells of files that the server has its own copies of. */
export async function placeMounts(
  { trees }: Parts,
  app: App,
  { project, tree }: Pick<ReadServices, "project" | "tree">,
  report: Report,
): Promise<void> {
  const said = await trees.place(app.id, tree, project.mounts);
  said.forEach((line) => report.warn(line));
}
