import { readFileSync } from "node:fs";
import Handlebars from "handlebars";

export type Template = (values: object) => string;

/** The same place seen from src/router/text and from dist/router/text. */
const folder = new URL("../../../templates/nginx/", import.meta.url);
const compiled = new Map<string, Template>();

/** One of templates/nginx, read and compiled once. */
export function standardTemplate(name: "nginx" | "state" | "vhost"): Template {
  const known = compiled.get(name);
  if (known !== undefined) {
    return known;
  }
  const template = compileTemplate(readFileSync(new URL(`${name}.conf.hbs`, folder), "utf8"));
  compiled.set(name, template);
  return template;
}

/**
 * Values go into the text as they are (nginx knows no HTML escapes): check them first.
 * The template throws for a mistake in its text and for a value that does not exist.
 */
export function compileTemplate(text: string): Template {
  return Handlebars.create().compile(text, { noEscape: true, strict: true });
}
