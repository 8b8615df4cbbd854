import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { alice, by, failure, one, TestHandler, zeros } from "./support/test-handler.ts";
import { processorClock } from "../support/processor-time.ts";

let host: TestHandler;

beforeEach(() => {
  host = new TestHandler();
});

afterEach(() => host.close());

describe("the default branch", () => {
  it("is main when main and master come together, and stays", async () => {
    expect(host.handler.readsWholePush("blog")).toBe(true);
    const updates = ["refs/heads/master", "refs/heads/main", "refs/heads/zebra"];
    await host.handler.readPush(
      alice,
      "blog",
      updates.map((ref) => ({ ref, old: zeros, new: one })),
    );
    expect(host.store.apps.defaultBranch("blog")).toBe("main");
    expect(host.handler.readsWholePush("blog")).toBe(false);
    await host.push("refs/heads/master");
    expect(host.store.apps.defaultBranch("blog")).toBe("main");
    expect(host.heads).toEqual(["main"]);
  });

  it("is not made by other branches, tags or a deletion", async () => {
    await host.handler.readPush(alice, "blog", [
      { ref: "refs/heads/feature", old: zeros, new: one },
      { ref: "refs/tags/main", old: zeros, new: one },
      { ref: "refs/heads/main", old: one, new: zeros },
    ]);
    await host.push("refs/heads/feature");
    expect(host.store.apps.defaultBranch("blog")).toBeNull();
    expect(host.store.apps.find("blog-feature")?.name).toBe("blog-feature");
    await host.push("refs/heads/master");
    expect(host.store.apps.defaultBranch("blog")).toBe("master");
    expect(host.heads).toEqual(["master"]);
  });

  it("is chosen only among those that the pusher may deploy", async () => {
    const caller = by({ deploy: ["blog-staging", "blog-master"] });
    const updates = ["refs/heads/main", "refs/heads/master"];
    const pushed = updates.map((ref) => ({ ref, old: zeros, new: one }));
    await host.handler.readPush(by({ deploy: ["blog-staging"] }), "blog", pushed);
    const error = await failure(host.push("refs/heads/main", { caller }));
    expect(error.message).toBe("bob may not deploy blog-main.");
    expect(host.store.apps.defaultBranch("blog")).toBeNull();
    await host.handler.readPush(caller, "blog", pushed);
    expect(host.store.apps.defaultBranch("blog")).toBe("master");
    expect(host.heads).toEqual(["master"]);
  });

  it("is chosen at once, however many branches come and however many rights there are", async () => {
    const patterns = Array.from({ length: 200 }, (_, at) => `shop-${at}-*`);
    const pushed = Array.from({ length: 100_000 }, (_, at) => ({
      ref: `refs/heads/b${at}`,
      old: zeros,
      new: one,
    }));
    const spentMs = processorClock();
    await host.handler.readPush(by({ deploy: patterns }), "blog", pushed);
    expect(spentMs()).toBeLessThan(1000);
  });

  it("is anybody's who may deploy the app that is called as the repository", async () => {
    await host.push("refs/heads/main", { caller: by({ deploy: ["blog"] }) });
    expect(host.store.apps.find("blog-main")?.name).toBe("blog");
  });

  it("is not deleted while it has an app", async () => {
    await host.push("refs/heads/master");
    await host.push("refs/heads/main");
    const error = await failure(host.push("refs/heads/master", { old: one, new: zeros }));
    expect(error).toMatchObject({
      code: "refused",
      hint: expect.stringMatching(/octo remove blog$/),
    });
    expect(host.removed).toEqual([]);
    await host.push("refs/heads/main", { old: one, new: zeros });
    expect(host.removed.map(({ id }) => id)).toEqual(["blog-main"]);
    host.store.apps.remove("blog-master");
    await host.push("refs/heads/master", { old: one, new: zeros });
    expect(host.lines.at(-1)).toBe("-----> Removed the branch master; it had no app.");
  });
});
