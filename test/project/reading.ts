import type { App } from "../../src/app.ts";
import { isGokuError } from "../../src/errors.ts";
import { readProject } from "../../src/project/read-project.ts";

export const main: App = {
  id: "blog-main",
  name: "blog",
  repository: "blog",
  branch: "main",
  stopped: false,
};

export const feature: App = { ...main, id: "blog-feature-x", name: "blog-feature-x" };

/** A tree whose Dockerfile has these lines, read. */
export function readLines(...lines: readonly string[]) {
  return readProject(new Map([["Dockerfile", lines.join("\n")]]), main);
}

/** What the pusher reads when it is refused: message, then hint. */
export function refusal(read: () => unknown): string {
  try {
    read();
  } catch (error) {
    if (isGokuError(error)) {
      return `${error.message} ${error.hint}`;
    }
    throw error;
  }
  throw new Error("nothing was refused");
}
