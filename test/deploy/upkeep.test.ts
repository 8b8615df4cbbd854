import { expect, it } from "vitest";
import { tidy } from "../../src/deploy/care/upkeep.ts";
import { testWorld } from "./test-parts.ts";

const { signal } = new AbortController();

/** A server where each of these fails, and what was done in one round. */
async function round(failing: readonly string[], isNewDay: boolean): Promise<string[]> {
  const done: string[] = [];
  const note = (what: string) => {
    if (failing.includes(what)) {
      throw new Error(`cannot ${what}`);
    }
    done.push(what);
  };
  const { parts } = testWorld({
    router: { rotateLogs: async () => note("rotate") },
    repositories: {
      async list() {
        note("list");
        return ["blog", "shop"];
      },
      maintain: async (repository) => note(`pack ${repository}`),
      pruneSubmodules: async () => note("prune"),
    },
  });
  await tidy(parts, isNewDay, signal);
  return done;
}

it("logs and repositories are kept small every hour, submodules once a day", async () => {
  const hourly = ["rotate", "list", "pack blog", "pack shop"];
  expect(await round([], false)).toEqual(hourly);
  expect(await round([], true)).toEqual([...hourly, "prune"]);
});

it.each([
  [["rotate"], ["list", "pack blog", "pack shop", "prune"]],
  [["list"], ["rotate", "prune"]],
  [
    ["pack blog", "prune"],
    ["rotate", "list", "pack shop"],
  ],
])("what fails of it (%j) ends neither the round nor those to come", async (failing, done) => {
  expect(await round(failing, true)).toEqual(done);
});
