import { rm } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { App } from "../../src/app.ts";
import type { Parts, Request } from "../../src/deploy/parts.ts";
import { GokuError, isGokuError, unhealthy } from "../../src/errors.ts";
import type { Rights } from "../../src/store-ports.ts";
import type { Revision } from "../../src/revision.ts";
import { adminRights } from "../../src/rights.ts";
import type { Push, PushHandler } from "../../src/receiver/push.ts";
import {
  createPushHandler,
  type PushParts,
  type PushWork,
} from "../../src/receiver/push-handler.ts";
import type { BareRepositories } from "../../src/receiver/repositories.ts";
import { stub } from "../web/stub.ts";
import { openStore } from "../../src/store/store.ts";
import { quickFolder } from "../support/quick-folder.ts";

const zeros = "0".repeat(40);
const one = "1".repeat(40);
const two = "2".repeat(40);

const alice = { name: "alice", rights: adminRights };

let folder: string;
let parts: PushParts;
let handler: PushHandler;
let lines: string[];
let deployed: Revision[];
let removed: App[];
let heads: string[];
let conflict: string | null;
let onDeploy: (revision: Revision, request: Request) => void;

beforeEach(async () => {
  folder = quickFolder("goku-handler-");
  lines = [];
  deployed = [];
  removed = [];
  heads = [];
  conflict = null;
  onDeploy = () => undefined;
  const store = openStore(join(folder, "goku.db"));
  parts = stub<PushParts>("parts", {
    store,
    repositories: stub<BareRepositories>("repositories", {
      setHead: async (_repository, branch) => void heads.push(branch),
      conflictingRef: async () => conflict,
    }),
  });
  const work: PushWork = {
    deploy: async (given: Parts, revision: Revision, request: Request) => {
      const app = given.store.apps.create(revision.repository, revision.branch);
      deployed.push(revision);
      onDeploy(revision, request);
      const { commit, door, by } = revision;
      const release = given.store.releases.create({ app: app.id, commit, door, by, reason: door });
      given.store.releases.goLive(app.id, release.version);
      return release;
    },
    removeApp: async (given: Parts, app: App) => {
      removed.push(app);
      given.store.apps.remove(app.id);
    },
  };
  handler = createPushHandler(parts, work);
});

afterEach(async () => {
  parts.store.close();
  await rm(folder, { recursive: true });
});

function push(ref: string, change: Partial<Push> = {}): Promise<void> {
  return handler.update({
    caller: alice,
    repository: "blog",
    ref,
    old: zeros,
    new: one,
    signal: new AbortController().signal,
    write: (line) => lines.push(line),
    ...change,
  });
}

async function failure(work: Promise<void>): Promise<GokuError> {
  const error = await work.then(
    () => null,
    (thrown: unknown) => thrown,
  );
  if (!isGokuError(error)) {
    throw new Error("it did not fail", { cause: error });
  }
  return error;
}

const rights = (change: Partial<Rights>): Rights => ({
  admin: false,
  deploy: [],
  read: [],
  ...change,
});
const by = (change: Partial<Rights>) => ({ name: "bob", rights: rights(change) });

describe("a branch", () => {
  it("becomes a revision with where it stood and who brought it", async () => {
    await push("refs/heads/main");
    await push("refs/heads/main", { old: one, new: two, caller: by({ deploy: ["blog"] }) });
    expect(deployed).toEqual([
      {
        repository: "blog",
        branch: "main",
        commit: one,
        previous: null,
        door: "push",
        by: "alice",
        byAdmin: true,
      },
      {
        repository: "blog",
        branch: "main",
        commit: two,
        previous: one,
        door: "push",
        by: "bob",
        byAdmin: false,
      },
    ]);
  });

  it("hands the pusher's signal and lines on", async () => {
    const controller = new AbortController();
    onDeploy = (_revision, { report, signal }) => {
      report.step("Building");
      expect(signal).toBe(controller.signal);
    };
    await push("refs/heads/main", { signal: controller.signal });
    expect(lines).toEqual(["-----> Building"]);
  });

  it("that fails says that the previous release serves, if one does", async () => {
    onDeploy = () => {
      throw unhealthy("It never answered.", ["refused"]);
    };
    expect((await failure(push("refs/heads/main"))).details).toEqual(["refused"]);
    onDeploy = () => undefined;
    await push("refs/heads/main");
    onDeploy = () => {
      throw unhealthy("It never answered.", ["refused"]);
    };
    const error = await failure(push("refs/heads/main", { old: one, new: two }));
    expect(error).toMatchObject({ code: "unhealthy", message: "It never answered." });
    expect(error.details).toEqual(["refused", "The previous release is still serving."]);
    parts.store.apps.setStopped("blog-main", true);
    expect((await failure(push("refs/heads/main"))).details).toEqual(["refused"]);
  });

  it("whose name another repository has is told nothing of that one's release", async () => {
    await push("refs/heads/main");
    const error = await failure(push("refs/heads/main", { repository: "Blog" }));
    expect(error.message).toContain('"blog-main"');
    expect(error.details).toEqual([]);
  });

  it.each(["HEAD", "日本", "---", "_"])("called %s is refused", async (branch) => {
    const error = await failure(push(`refs/heads/${branch}`));
    expect(error.message).toContain(`"${branch}" cannot be deployed`);
    expect(deployed).toEqual([]);
  });

  it.each([
    ["with a part that is too long for git to keep", `a/${"ü".repeat(125)}x/b`],
    [
      "that is too long for git to keep",
      Array.from({ length: 16 }, () => "x".repeat(200)).join("/"),
    ],
    ["with a control character", "x\u009b2Jy"],
  ])("%s is refused", async (_what, branch) => {
    const error = await failure(push(`refs/heads/${branch}`));
    expect(error.message).toContain("cannot be deployed");
    expect(deployed).toEqual([]);
  });

  it("that git could not keep is refused before it is deployed", async () => {
    conflict = "refs/heads/feature/x";
    const error = await failure(push("refs/heads/feature"));
    expect(error.message).toContain('"feature" cannot exist beside "feature/x"');
    await push("refs/heads/feature", { old: two });
    expect(deployed).toHaveLength(1);
  });
});

describe("rights", () => {
  it("are those of the app that the branch is", async () => {
    await push("refs/heads/main");
    const caller = by({ deploy: ["blog-feature-*"] });
    await push("refs/heads/feature/x", { caller });
    expect((await failure(push("refs/heads/main", { caller }))).message).toBe(
      "bob may not deploy blog.",
    );
    expect((await failure(push("refs/heads/other", { caller }))).message).toBe(
      "bob may not deploy blog-other.",
    );
    const deletion = push("refs/heads/main", { caller, old: one, new: zeros });
    expect((await failure(deletion)).message).toBe("bob may not remove blog.");
    expect(removed).toEqual([]);
  });

  it("open the door to whoever may push to some branch, and the way out to readers", async () => {
    const may = async (change: Partial<Rights>, repository: string) => {
      const ask = (service: "receive-pack" | "upload-pack") =>
        handler.authorize(by(change), repository, service).then(
          () => true,
          () => false,
        );
      return [await ask("receive-pack"), await ask("upload-pack")];
    };
    expect(await may({ admin: true }, "blog")).toEqual([true, true]);
    expect(await may({ deploy: ["blog"] }, "blog")).toEqual([true, true]);
    expect(await may({ deploy: ["my-shop"] }, "My.Shop")).toEqual([true, true]);
    expect(await may({ deploy: ["blog-main"] }, "blog")).toEqual([true, true]);
    expect(await may({ deploy: ["blog*"] }, "blog")).toEqual([true, true]);
    expect(await may({ deploy: ["blog-feature-*"] }, "blog")).toEqual([true, false]);
    // Meant for the repository blog-api, it could also be the branch api of blog.
    expect(await may({ deploy: ["blog-api"] }, "blog")).toEqual([true, false]);
    expect(await may({ read: ["blog"] }, "blog")).toEqual([false, true]);
    expect(await may({ read: ["blog-main"] }, "blog")).toEqual([false, true]);
    expect(await may({ read: ["blog-feature-x"] }, "blog")).toEqual([false, false]);
    expect(await may({ deploy: ["blog2"] }, "blog")).toEqual([false, false]);
    expect(await may({}, "blog")).toEqual([false, false]);
    expect(await may({ admin: true }, "../x")).toEqual([false, false]);
  });

  it("are asked for again with every ref", async () => {
    const error = await failure(push("refs/tags/v1", { caller: by({ read: ["*"] }) }));
    expect(error.message).toBe("bob may not push to blog.");
  });

  it("to one branch are none to tags and other refs", async () => {
    const caller = by({ deploy: ["blog-feature-*"] });
    for (const ref of ["refs/tags/v1", "refs/notes/commits"]) {
      const error = await failure(push(ref, { caller }));
      expect(error.message).toBe(`bob may not write ${ref} of blog.`);
      const gone = await failure(push(ref, { caller, old: one, new: zeros }));
      expect(gone.message).toBe(`bob may not write ${ref} of blog.`);
    }
    await push("refs/tags/v1", { caller: by({ deploy: ["blog"] }) });
    expect(lines).toEqual(["-----> Stored refs/tags/v1; only branches are deployed."]);
  });
});

describe("the default branch", () => {
  it("is main when main and master come together, and stays", async () => {
    expect(handler.readsWholePush("blog")).toBe(true);
    const updates = ["refs/heads/master", "refs/heads/main", "refs/heads/zebra"];
    await handler.readPush(
      alice,
      "blog",
      updates.map((ref) => ({ ref, old: zeros, new: one })),
    );
    expect(parts.store.apps.defaultBranch("blog")).toBe("main");
    expect(handler.readsWholePush("blog")).toBe(false);
    await push("refs/heads/master");
    expect(parts.store.apps.defaultBranch("blog")).toBe("main");
    expect(heads).toEqual(["main"]);
  });

  it("is not made by other branches, tags or a deletion", async () => {
    await handler.readPush(alice, "blog", [
      { ref: "refs/heads/feature", old: zeros, new: one },
      { ref: "refs/tags/main", old: zeros, new: one },
      { ref: "refs/heads/main", old: one, new: zeros },
    ]);
    await push("refs/heads/feature");
    expect(parts.store.apps.defaultBranch("blog")).toBeNull();
    expect(parts.store.apps.find("blog-feature")?.name).toBe("blog-feature");
    await push("refs/heads/master");
    expect(parts.store.apps.defaultBranch("blog")).toBe("master");
    expect(heads).toEqual(["master"]);
  });

  it("is chosen only among those that the pusher may deploy", async () => {
    const caller = by({ deploy: ["blog-staging", "blog-master"] });
    const updates = ["refs/heads/main", "refs/heads/master"];
    const pushed = updates.map((ref) => ({ ref, old: zeros, new: one }));
    await handler.readPush(by({ deploy: ["blog-staging"] }), "blog", pushed);
    const error = await failure(push("refs/heads/main", { caller }));
    expect(error.message).toBe("bob may not deploy blog-main.");
    expect(parts.store.apps.defaultBranch("blog")).toBeNull();
    await handler.readPush(caller, "blog", pushed);
    expect(parts.store.apps.defaultBranch("blog")).toBe("master");
    expect(heads).toEqual(["master"]);
  });

  it("is anybody's who may deploy the app that is called as the repository", async () => {
    await push("refs/heads/main", { caller: by({ deploy: ["blog"] }) });
    expect(parts.store.apps.find("blog-main")?.name).toBe("blog");
  });
});

describe("what is no branch to deploy", () => {
  it("is stored or removed, and says so", async () => {
    await push("refs/tags/v1");
    await push("refs/notes/commits");
    await push("refs/tags/v1", { old: one, new: zeros });
    expect(deployed).toEqual([]);
    expect(lines).toEqual([
      "-----> Stored refs/tags/v1; only branches are deployed.",
      "-----> Stored refs/notes/commits; only branches are deployed.",
      "-----> Removed refs/tags/v1; only branches are deployed.",
    ]);
  });

  it("a deletion removes that app, and no other", async () => {
    await push("refs/heads/main");
    await push("refs/heads/feature");
    await push("refs/heads/feature", { old: one, new: zeros });
    expect(removed.map(({ id }) => id)).toEqual(["blog-feature"]);
    expect(lines).toEqual(["-----> blog-feature is removed"]);
  });

  it("a deletion of the default branch is refused while it has an app", async () => {
    await push("refs/heads/master");
    await push("refs/heads/main");
    const error = await failure(push("refs/heads/master", { old: one, new: zeros }));
    expect(error).toMatchObject({
      code: "refused",
      hint: expect.stringMatching(/octo remove blog$/),
    });
    expect(removed).toEqual([]);
    await push("refs/heads/main", { old: one, new: zeros });
    expect(removed.map(({ id }) => id)).toEqual(["blog-main"]);
    parts.store.apps.remove("blog-master");
    await push("refs/heads/master", { old: one, new: zeros });
    expect(lines.at(-1)).toBe("-----> Removed the branch master; it had no app.");
  });

  it("a deletion of a branch without an app takes none", async () => {
    await push("refs/heads/feature/x");
    await push("refs/heads/feature-x", { old: one, new: zeros });
    expect(removed).toEqual([]);
    expect(lines).toEqual(["-----> Removed the branch feature-x; it had no app."]);
  });
});
