import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { unhealthy } from "../../src/errors.ts";
import type { Rights } from "../../src/store-ports.ts";
import { by, failure, one, TestHandler, two, zeros } from "./support/test-handler.ts";

let host: TestHandler;

beforeEach(() => {
  host = new TestHandler();
});

afterEach(() => host.close());

describe("a branch", () => {
  it("becomes a revision with where it stood and who brought it", async () => {
    await host.push("refs/heads/main");
    await host.push("refs/heads/main", { old: one, new: two, caller: by({ deploy: ["blog"] }) });
    expect(host.deployed).toEqual([
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
    host.onDeploy = (_revision, { report, signal }) => {
      report.step("Building");
      expect(signal).toBe(controller.signal);
    };
    await host.push("refs/heads/main", { signal: controller.signal });
    expect(host.lines).toEqual(["-----> Building"]);
  });

  it("that fails says that the previous release serves, if one does", async () => {
    host.onDeploy = () => {
      throw unhealthy("It never answered.", ["refused"]);
    };
    expect((await failure(host.push("refs/heads/main"))).details).toEqual(["refused"]);
    host.onDeploy = () => undefined;
    await host.push("refs/heads/main");
    host.onDeploy = () => {
      throw unhealthy("It never answered.", ["refused"]);
    };
    const error = await failure(host.push("refs/heads/main", { old: one, new: two }));
    expect(error).toMatchObject({ code: "unhealthy", message: "It never answered." });
    expect(error.details).toEqual(["refused", "The previous release is still serving."]);
    host.isRunning = false;
    const without = await failure(host.push("refs/heads/main", { old: one, new: two }));
    expect(without.details).toEqual(["refused", "The previous release does not run, either."]);
    host.store.apps.setStopped("blog-main", true);
    expect((await failure(host.push("refs/heads/main"))).details).toEqual(["refused"]);
  });

  it("whose name another repository has is told nothing of that one's release", async () => {
    await host.push("refs/heads/main");
    const error = await failure(host.push("refs/heads/main", { repository: "Blog" }));
    expect(error.message).toContain('"blog-main"');
    expect(error.details).toEqual([]);
  });

  it.each(["HEAD", "日本", "---", "_"])("called %s is refused", async (branch) => {
    const error = await failure(host.push(`refs/heads/${branch}`));
    expect(error.message).toContain(`"${branch}" cannot be deployed`);
    expect(host.deployed).toEqual([]);
  });

  it.each([
    ["with a part that is too long for git to keep", `a/${"ü".repeat(125)}x/b`],
    [
      "that is too long for git to keep",
      Array.from({ length: 16 }, () => "x".repeat(200)).join("/"),
    ],
    ["with a control character", "x\u009b2Jy"],
  ])("%s is refused", async (_what, branch) => {
    const error = await failure(host.push(`refs/heads/${branch}`));
    expect(error.message).toContain("cannot be deployed");
    expect(host.deployed).toEqual([]);
  });

  it("that git could not keep is refused before it is deployed", async () => {
    host.conflict = "refs/heads/feature/x";
    const error = await failure(host.push("refs/heads/feature"));
    expect(error.message).toContain('"feature" cannot exist beside "feature/x"');
    await host.push("refs/heads/feature", { old: two });
    expect(host.deployed).toHaveLength(1);
  });
});

describe("rights", () => {
  it("are those of the app that the branch is", async () => {
    await host.push("refs/heads/main");
    const caller = by({ deploy: ["blog-feature-*"] });
    await host.push("refs/heads/feature/x", { caller });
    expect((await failure(host.push("refs/heads/main", { caller }))).message).toBe(
      "bob may not deploy blog.",
    );
    expect((await failure(host.push("refs/heads/other", { caller }))).message).toBe(
      "bob may not deploy blog-other.",
    );
    const deletion = host.push("refs/heads/main", { caller, old: one, new: zeros });
    expect((await failure(deletion)).message).toBe("bob may not remove blog.");
    expect(host.removed).toEqual([]);
  });

  it("open the door to whoever may push to some branch, and the way out to readers", async () => {
    const may = async (change: Partial<Rights>, repository: string) => {
      const ask = (service: "receive-pack" | "upload-pack") =>
        host.handler.authorize(by(change), repository, service).then(
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
    const error = await failure(host.push("refs/tags/v1", { caller: by({ read: ["*"] }) }));
    expect(error.message).toBe("bob may not push to blog.");
  });

  it("to one branch are none to tags and other refs", async () => {
    const caller = by({ deploy: ["blog-feature-*"] });
    for (const ref of ["refs/tags/v1", "refs/notes/commits"]) {
      const error = await failure(host.push(ref, { caller }));
      expect(error.message).toBe(`bob may not write ${ref} of blog.`);
      const gone = await failure(host.push(ref, { caller, old: one, new: zeros }));
      expect(gone.message).toBe(`bob may not write ${ref} of blog.`);
    }
    await host.push("refs/tags/v1", { caller: by({ deploy: ["blog"] }) });
    expect(host.lines).toEqual(["-----> Stored refs/tags/v1; only branches are deployed."]);
  });
});

describe("what is no branch to deploy", () => {
  it("is stored or removed, and says so", async () => {
    await host.push("refs/tags/v1");
    await host.push("refs/notes/commits");
    await host.push("refs/tags/v1", { old: one, new: zeros });
    expect(host.deployed).toEqual([]);
    expect(host.lines).toEqual([
      "-----> Stored refs/tags/v1; only branches are deployed.",
      "-----> Stored refs/notes/commits; only branches are deployed.",
      "-----> Removed refs/tags/v1; only branches are deployed.",
    ]);
  });

  it.each([`refs/replace/${one}`, `refs/goku/aside/${one}`])(
    "is refused where it has a meaning to the server, and may go: %s",
    async (ref) => {
      const error = await failure(host.push(ref));
      expect(error.message).toContain(`${ref} is not taken: below refs/`);
      expect(host.lines).toEqual([]);
      await host.push(ref, { old: one, new: zeros });
      expect(host.lines).toEqual([`-----> Removed ${ref}; only branches are deployed.`]);
    },
  );

  it("a deletion removes that app, and no other", async () => {
    await host.push("refs/heads/main");
    await host.push("refs/heads/feature");
    await host.push("refs/heads/feature", { old: one, new: zeros });
    expect(host.removed.map(({ id }) => id)).toEqual(["blog-feature"]);
    expect(host.lines).toEqual(["-----> blog-feature is removed"]);
  });

  it("a deletion of a branch without an app takes none", async () => {
    await host.push("refs/heads/feature/x");
    await host.push("refs/heads/feature-x", { old: one, new: zeros });
    expect(host.removed).toEqual([]);
    expect(host.lines).toEqual(["-----> Removed the branch feature-x; it had no app."]);
  });
});
