import { usage } from "../../errors.ts";
import type { RemovedAnswer, ScaledAnswer } from "../../web/answers.ts";
import { type Command, command } from "../command.ts";
import { readCount } from "../operands.ts";

/* Where print has nothing to add, the lines of the deploy have said it. */

export const scale = command<ScaledAnswer>({
  example: "octo scale blog=3",
  parse: ([text = ""]) => {
    const [, app, count] = /^([^=]+)=(.+)$/.exec(text) ?? [];
    if (app === undefined || count === undefined) {
      throw usage(`"${text}" is not of the form app=count.`, "For example: octo scale blog=3");
    }
    return { app, count: readCount(count, "The count") };
  },
  print: ({ changed, scale: count, app }) =>
    changed ? "" : `Nothing changed: ${app} runs in ${count} already.\n`,
});

const ofApp = (verb: string): Command =>
  command({
    example: `octo ${verb} blog`,
    parse: ([app]) => ({ app }),
    print: () => "",
  });

export const restart = ofApp("restart");
export const reload = ofApp("reload");
export const stop = ofApp("stop");
export const start = ofApp("start");

export const remove = command<RemovedAnswer>({
  example: "octo remove blog",
  options: [["--force", "its volumes and its repository, too"]],
  parse: ([app], { force }) => ({ app, force: force === true }),
  print: ({ app }) => `Removed ${app}.\n`,
});
