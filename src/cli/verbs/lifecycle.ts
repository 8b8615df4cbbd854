import { usage } from "../../errors.ts";
import type { RemovedAnswer, ScaledAnswer } from "../../web/answers.ts";
import { type Command, command } from "../command.ts";
import { readCount } from "../operands.ts";

/* Where print has nothing to add, the lines of the deploy have said it. */

export const scale = command<ScaledAnswer>({
  example: "octo scale blog=3\nocto scale blog worker=2 web=3",
  parse: ([text = "", ...more]) => {
    const [, app = text, count] = /^([^=]+)=(.+)$/.exec(text) ?? [];
    if (count === undefined && more.length === 0) {
      throw usage(
        `"${text}" is not of the form app=count.`,
        "For example: octo scale blog=3, or for a service of a project: octo scale blog worker=2",
      );
    }
    return {
      app,
      ...(count === undefined ? {} : { count: containersIn(count, app, "The count", app) }),
      ...(more.length === 0
        ? {}
        : { services: Object.fromEntries(more.map((each) => readService(each, app))) }),
    };
  },
  print: ({ changed, scale: count, app, services }) => {
    const named = Object.entries(services).map(([name, many]) => `${name} in ${many}`);
    const how = named.length === 0 ? `in ${count}` : named.join(", ");
    return changed ? "" : `Nothing changed: ${app} runs ${how} already.\n`;
  },
});

function readService(text: string, app: string): [name: string, count: number] {
  const [, name, count] = /^([^=]+)=(.+)$/.exec(text) ?? [];
  if (name === undefined || count === undefined) {
    const hint = `For example: octo scale ${app} worker=2`;
    throw usage(`"${text}" is not of the form service=count.`, hint);
  }
  return [name, containersIn(count, `${app} ${name}`, `The count of ${name}`, app)];
}

/** @param named the app, or the app and a service, as the command names them */
function containersIn(text: string, named: string, what: string, app: string): number {
  const count = readCount(text, what, `For example: octo scale ${named}=2`);
  if (count === 0) {
    throw usage(`${what} is at least 1.`, `To take the app off the air: octo stop ${app}`);
  }
  return count;
}

const ofApp = (verb: string): Command =>
  command({
    example: `octo ${verb} blog`,
    parse: ([app]) => ({ app }),
    print: () => "",
  });

export const restart = command({
  example: "octo restart blog\nocto restart blog worker",
  parse: ([app, service]) => ({ app, ...(service === undefined ? {} : { service }) }),
  print: () => "",
});

export const reload = ofApp("reload");
export const stop = ofApp("stop");
export const start = ofApp("start");

export const remove = command<RemovedAnswer>({
  example: "octo remove blog",
  options: [["--force", "its volumes and kept folders, too; with its last app, the repository"]],
  parse: ([app], { force }) => ({ app, force: force === true }),
  print: ({ app }) => `Removed ${app}.\n`,
});
