import { rm } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import * as fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { appId, appName, isAppName, isRepositoryName, toLabel } from "../../src/app.ts";
import { createNames } from "../../src/engine/names.ts";
import { isGokuError } from "../../src/errors.ts";
import { mustBeDeployable } from "../../src/receiver/branch-rules.ts";
import { isDomain } from "../../src/route.ts";
import { accessLogPath } from "../../src/router/places.ts";
import { checkoutsOf, contentsOf, keptOf, layoutOf } from "../../src/trees/layout.ts";
import { openStore } from "../../src/store/store.ts";
import { nastyText } from "./arbitraries.ts";
import { quickFolder } from "../support/quick-folder.ts";
import { processorClock } from "../support/processor-time.ts";

/** RFC 1123, written down again for these tests. */
const dnsLabel = /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/;
/** Docker's own rule for containers. */
const containerName = /^[a-zA-Z0-9][a-zA-Z0-9_.-]+$/;
/** distribution/reference: path components of an image's name. */
const imageName = /^[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*:v\d+$/;

const plainName = fc.stringMatching(/^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$/);
const repositoryText = fc.oneof(nastyText, plainName);
const branchText = fc.oneof(
  nastyText,
  plainName,
  fc.array(plainName, { minLength: 1, maxLength: 4 }).map((parts) => parts.join("/")),
);

describe("a repository's name", () => {
  it("is refused, or is one plain folder and can be a host's name", () => {
    fc.assert(
      fc.property(repositoryText, (name) => {
        if (!isRepositoryName(name)) {
          return;
        }
        const path = join("/data/repositories", `${name}.git`);
        expect([dirname(path), basename(path)]).toEqual(["/data/repositories", `${name}.git`]);
        expect(name).toMatch(/^[A-Za-z0-9][A-Za-z0-9._-]*$/);
        expect(toLabel(name)).toMatch(dnsLabel);
      }),
      { numRuns: 5000 },
    );
  });

  it.each([
    "",
    ".",
    "..",
    "...",
    "a..b",
    ".a",
    "a.",
    "-a",
    "a-",
    "_a",
    "a_",
    "a/b",
    "/a",
    "a\\b",
    "a\n",
    "\na",
    "a\0",
    "a b",
    "a\u00a0b",
    "ä",
    "\u212a",
    "a.git",
    "A.GIT.git",
    "goku",
    "GOKU",
    "a:b",
    "a@b",
    "a~1",
    "a^",
    "a*",
    "$(id)",
    "%2e%2e",
    "x".repeat(64),
  ])("%j is refused", (name) => {
    expect(isRepositoryName(name)).toBe(false);
  });
});

describe("an app's id and name", () => {
  it("are refused, or fit DNS, Docker, nginx and every folder of Goku's", () => {
    const names = createNames("goku");
    const others = createNames("stage");
    fc.assert(
      fc.property(repositoryText.filter(isRepositoryName), branchText, (repository, branch) => {
        try {
          mustBeDeployable(repository, branch);
        } catch (error) {
          expect(isGokuError(error)).toBe(true);
          return;
        }
        const id = appId(repository, branch);
        for (const name of [id, appName(repository, branch, branch)]) {
          expect(name).toMatch(dnsLabel);
          expect(isAppName(name)).toBe(true);
          expect(isDomain(`${name}.apps.example.org`)).toBe(true);
        }
        for (const { replica, image, run, linkNetwork } of [names, others]) {
          expect(replica(id, 1, 1)).toMatch(containerName);
          expect(run(id)).toMatch(containerName);
          expect(linkNetwork(id)).toMatch(containerName);
          expect(image(id, 1)).toMatch(imageName);
        }
        expect(dirname(accessLogPath({ logFolder: "/logs" }, id))).toBe("/logs");
        const trees = layoutOf("/trees");
        expect(checkoutsOf(trees, id)).toBe(`/trees/checkouts/${id}`);
        expect(contentsOf(trees, id)).toBe(`/trees/content/${id}`);
        expect(keptOf(trees, id, "a")).toBe(`/trees/kept/${id}/a`);
      }),
      { numRuns: 3000 },
    );
  });

  it("are labels once and for all", () => {
    fc.assert(
      fc.property(nastyText, fc.nat(6), (text, times) => {
        const label = toLabel(text.repeat(2 ** times));
        expect(label === "" || dnsLabel.test(label)).toBe(true);
        expect(toLabel(label)).toBe(label);
      }),
      { numRuns: 2000 },
    );
  });

  it("take no longer to find for a name of 60 kB that is nothing but dashes", () => {
    const spentMs = processorClock();
    for (const unit of ["-", "/", "é", "-a"]) {
      expect(toLabel(`x${unit.repeat(60_000)}x`)).toMatch(dnsLabel);
    }
    // It took seven seconds each.
    expect(spentMs()).toBeLessThan(500);
  });
});

describe("the store", () => {
  let folder: string;
  beforeAll(async () => {
    folder = quickFolder("goku-names-");
  });
  afterAll(() => rm(folder, { recursive: true }));

  /** Few letters and many ways to part them, so that most pairs meet others. */
  const words = ["a", "A", "a-b", "a.b", "b", "b-c", "a-b-c", "c", "main", "x".repeat(40)];
  const repository = fc
    .array(fc.constantFrom(...words), { minLength: 1, maxLength: 2 })
    .map((parts) => parts.join("-"))
    .filter(isRepositoryName);
  const branch = fc
    .array(fc.constantFrom(...words, "é", "_"), { minLength: 1, maxLength: 2 })
    .map((parts) => parts.join("/"));
  const step = fc.record({
    act: fc.constantFrom("create", "create", "create", "default", "remove"),
    repository,
    branch,
  });

  it("never holds two apps that one word could mean, whatever was asked of it", () => {
    let count = 0;
    fc.assert(
      fc.property(fc.array(step, { minLength: 2, maxLength: 25 }), (steps) => {
        const store = openStore(join(folder, `${(count += 1)}.db`));
        try {
          for (const { act, repository: from, branch: of } of steps) {
            takeStep(store.apps, act, from, of);
            const known = new Map<string, string>();
            for (const app of store.apps.all()) {
              for (const word of new Set([app.id, app.name])) {
                expect(
                  known.get(word),
                  `${word} of ${app.repository} ${app.branch}`,
                ).toBeUndefined();
                known.set(word, app.id);
                expect(store.apps.find(word)?.id).toBe(app.id);
              }
            }
          }
        } finally {
          store.close();
        }
      }),
      { numRuns: 60 },
    );
  });
});

function takeStep(
  apps: ReturnType<typeof openStore>["apps"],
  act: string,
  repository: string,
  branch: string,
): void {
  try {
    if (act === "create") {
      apps.create(repository, branch);
    } else if (act === "default") {
      apps.setDefaultBranch(repository, branch);
    } else {
      apps.remove(appId(repository, branch));
    }
  } catch (error) {
    // Only a name that is taken may be refused.
    expect(isGokuError(error) && error.code).toBe("conflict");
  }
}
