import type { App } from "../../app.ts";
import type { ComposeProject } from "../../project.ts";
import type { ComposeModel } from "../../project/compose/model.ts";
import { escaped } from "../../project/compose/dollars.ts";
import type { BuildSecret } from "../../project/compose/read-compose.ts";
import { withImages } from "../../project/compose/with-images.ts";
import { shortCommit } from "../../revision.ts";
import type { Definition } from "../../service.ts";
import type { Parts } from "../parts.ts";
import { withBuildLog } from "../story/build-log.ts";
import type { Story } from "../story/story.ts";
import type { ReadServices } from "./read-services.ts";

const noImages: Readonly<Record<string, string>> = {};

/**
 * Builds and pulls what the project's services run, and pins it by id.
 * @param known ids of images that are built already, by service
 */
export async function makeImages(
  parts: Parts,
  app: App,
  commit: string,
  { project, model, tree, buildSecrets }: ReadServices,
  known: Readonly<Record<string, string>>,
  { version, signal, report }: Pick<Story, "version" | "signal" | "report">,
): Promise<ComposeProject> {
  const { composer, engine, settings } = parts;
  const toBuild = project.services.flatMap(({ name, image }) =>
    image === null && known[name] === undefined ? [name] : [],
  );
  if (toBuild.length > 0) {
    const from = shortCommit(commit);
    report.step(`Building ${app.id} v${version} from ${from}: ${toBuild.join(", ")}`);
  }
  const make = async (tell: (line: string) => void) => {
    const [made, fetched] = await Promise.all([
      toBuild.length === 0
        ? noImages
        : composer.build(
            { app: app.id, version, tree, definition: buildsOf(model, toBuild, buildSecrets) },
            tell,
            signal,
          ),
      composer.fetchImages(
        [...new Set(project.services.flatMap(({ image }) => image ?? []))],
        tell,
        signal,
      ),
    ]);
    const ids = project.services.map(({ name, image }): [string, string] => {
      const id = image === null ? (made[name] ?? known[name]) : fetched[image];
      if (id === undefined) {
        throw new Error(`no image was made for the service ${name} of ${app.id}`);
      }
      return [name, id];
    });
    if (settings.registry !== null) {
      for (const [service, id] of Object.entries(made)) {
        const name = `${app.id}/${service}:v${version}`;
        report.step(`Pushing ${name} to ${settings.registry}`);
        await engine.pushImage(id, name, tell, signal);
      }
    }
    const facts = await Promise.all(
      ids.map(async ([name, id]) => [name, await composer.describeImage(id)] as const),
    );
    return withImages(project, Object.fromEntries(facts));
  };
  return toBuild.length > 0
    ? withBuildLog(parts, app, { version, report }, make)
    : make((line) => report.detail(line));
}

/** What docker compose has to know to build the services, as the file says it. */
function buildsOf(
  model: ComposeModel,
  services: readonly string[],
  buildSecrets: readonly BuildSecret[],
): Definition {
  const ours = buildSecrets.map(({ name, source }) => [name, { file: escaped(source) }]);
  const parts = services.map((name) => [name, { build: model.services[name]?.build }]);
  return {
    services: Object.fromEntries(parts),
    secrets: {
      ...Object.fromEntries(
        Object.entries(model.secrets ?? {}).flatMap(([name, part]) =>
          part === null ? [] : [[name, part]],
        ),
      ),
      ...Object.fromEntries(ours),
    },
    networks: {},
    volumes: {},
    configs: {},
  };
}
