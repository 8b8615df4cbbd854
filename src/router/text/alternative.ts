import { readFile, stat } from "node:fs/promises";
import { badProject, messageOf } from "../../errors.ts";
import type { Route } from "../../route.ts";
import { type Surroundings, renderVhost } from "./render.ts";
import { compileTemplate } from "./templates.ts";

const readableByOthers = 0o004;

/** Renders a route with the template that NGINX_ALT names. @throws badProject */
export async function renderAlternative(
  path: string,
  route: Route,
  surroundings: Surroundings,
): Promise<string> {
  const template = compileTemplate(await readTemplate(path));
  // What is wrong with the route itself is not the template's fault: say that first.
  renderVhost(route, surroundings);
  try {
    return renderVhost(route, surroundings, template);
  } catch (error) {
    throw badTemplate(path, `is not a template: ${messageOf(error)}`);
  }
}

export function badTemplate(path: string, what: string) {
  return badProject(
    `The template ${path} (NGINX_ALT) ${what}`,
    "Correct it, beginning from Goku's own: templates/nginx/vhost.conf.hbs.",
  );
}

async function readTemplate(path: string): Promise<string> {
  try {
    const { mode } = await stat(path);
    if ((mode & readableByOthers) === 0) {
      // nginx quotes a file that it doesn't understand, and who sets NGINX_ALT reads that.
      throw new Error("it is not readable by everybody (chmod o+r)");
    }
    return await readFile(path, "utf8");
  } catch (error) {
    throw badTemplate(path, `cannot be read: ${messageOf(error)}.`);
  }
}
