import { describe, expect, it, onTestFinished, vi } from "vitest";
import { createQueue, type Job, type Queue, type Turn } from "../../src/deploy/queue.ts";
import { silentReport } from "../../src/deploy/report.ts";
import { deferred } from "../../src/system/deferred.ts";
import { processorClock } from "../support/processor-time.ts";

function job(app: string, parts: Partial<Job> = {}): Job {
  return {
    app,
    title: `a job of ${app}`,
    kind: "change",
    report: silentReport,
    signal: new AbortController().signal,
    ...parts,
  };
}

/** A job that has begun and ends when told; cancelled, it throws the reason. */
async function begin(queue: Queue, what: Job) {
  const started = deferred<Turn>();
  const end = deferred<void>();
  const ended = queue.run(what, async (turn) => {
    started.resolve(turn);
    turn.signal.addEventListener("abort", () => end.reject(turn.signal.reason));
    await end.promise;
    return "done";
  });
  ended.catch(() => undefined);
  const turn = await Promise.race([started.promise, ended.then(() => Promise.reject(new Error()))]);
  return { turn, ended, end: () => end.resolve() };
}

describe("the queue", () => {
  it("runs jobs of one app one after the other", async () => {
    const queue = createQueue(4);
    const order: string[] = [];
    const first = await begin(queue, job("blog"));
    const second = queue.run(job("blog"), async () => order.push("second"));
    order.push("first");
    first.end();
    await second;
    expect(order).toEqual(["first", "second"]);
  });

  it("runs as many apps at once as it may, and no more", async () => {
    const queue = createQueue(2);
    const lines: string[] = [];
    const report = { ...silentReport, detail: (line: string) => lines.push(line) };
    const first = await begin(queue, job("a"));
    await begin(queue, job("b"));
    const third = queue.run(job("c", { report }), async () => "ran");
    expect(lines).toEqual(["Waiting for a free place: number 1 in the queue"]);
    first.end();
    expect(await third).toBe("ran");
  });

  it("has Node warn of no leak where many jobs share a signal, or much in a turn listens to its own", async () => {
    const warn = vi.spyOn(process, "emitWarning").mockImplementation(() => undefined);
    onTestFinished(() => warn.mockRestore());
    const queue = createQueue(1);
    const { signal } = new AbortController();
    const jobs = Array.from({ length: 11 }, (_, at) =>
      queue.run(job(`app-${at}`, { signal }), async (turn) =>
        Array.from({ length: 11 }, () => turn.signal.addEventListener("abort", () => undefined)),
      ),
    );
    await Promise.all(jobs);
    expect(warn).not.toHaveBeenCalled();
  });

  it("says what a job waits for", async () => {
    const queue = createQueue(2);
    const lines: string[] = [];
    const report = { ...silentReport, detail: (line: string) => lines.push(line) };
    const first = await begin(queue, job("a", { title: "the push of 1234567 by ann" }));
    const second = queue.run(job("a", { report }), async () => undefined);
    expect(lines).toEqual(["Waiting for the push of 1234567 by ann"]);
    first.end();
    await second;
  });

  it("lets a newer revision take the place of an older one that runs", async () => {
    const queue = createQueue(2);
    const older = await begin(queue, job("a", { kind: "revision" }));
    const newer = queue.run(
      job("a", { kind: "revision", title: "the push of bbb" }),
      async () => 2,
    );
    await expect(older.ended).rejects.toMatchObject({
      code: "superseded",
      message: expect.stringContaining("the push of bbb"),
    });
    expect(await newer).toBe(2);
  });

  it("lets a newer revision take the place of one that waits", async () => {
    const queue = createQueue(2);
    const running = await begin(queue, job("a"));
    const waiting = queue.run(job("a", { kind: "revision" }), async () => 1);
    const newest = queue.run(job("a", { kind: "revision" }), async () => 2);
    await expect(waiting).rejects.toMatchObject({ code: "superseded" });
    running.end();
    expect(await newest).toBe(2);
  });

  it("leaves alone what has committed", async () => {
    const queue = createQueue(2);
    const older = await begin(queue, job("a", { kind: "revision" }));
    older.turn.commit();
    const newer = queue.run(job("a", { kind: "revision" }), async () => 2);
    expect(queue.cancel("a", "test")).toBe(true); // the newer, which waits
    await expect(newer).rejects.toMatchObject({ code: "cancelled" });
    expect(older.turn.signal.aborted).toBe(false);
    older.end();
    expect(await older.ended).toBe("done");
  });

  it("never supersedes a config change or a rollback", async () => {
    const queue = createQueue(2);
    const change = await begin(queue, job("a"));
    const push = queue.run(job("a", { kind: "revision" }), async () => 2);
    expect(change.turn.signal.aborted).toBe(false);
    change.end();
    expect(await push).toBe(2);
  });

  it("cancels a job whose asker went away, before commit and not after", async () => {
    const queue = createQueue(2);
    const gone = new AbortController();
    const before = await begin(queue, job("a", { signal: gone.signal }));
    const after = await begin(queue, job("b", { signal: gone.signal }));
    after.turn.commit();
    gone.abort();
    await expect(before.ended).rejects.toMatchObject({ code: "cancelled" });
    expect(after.turn.signal.aborted).toBe(false);
    after.end();
    expect(await after.ended).toBe("done");
  });

  it("refuses to commit what was cancelled", async () => {
    const queue = createQueue(2);
    const started = deferred<Turn>();
    const go = deferred<void>();
    const ended = queue.run(job("a"), async (turn) => {
      started.resolve(turn);
      await go.promise;
      turn.commit();
    });
    await started.promise;
    queue.cancel("a", "because");
    go.resolve();
    await expect(ended).rejects.toMatchObject({ code: "cancelled" });
  });

  it("goes on after a job that failed", async () => {
    const queue = createQueue(1);
    await expect(queue.run(job("a"), () => Promise.reject(new Error("x")))).rejects.toThrow("x");
    expect(await queue.run(job("a"), async () => "next")).toBe("next");
    expect(queue.busy("a")).toBe(false);
  });

  it("closes when the committed have ended, and takes nothing new", async () => {
    const queue = createQueue(2);
    const committed = await begin(queue, job("a"));
    committed.turn.commit();
    const open = await begin(queue, job("b"));
    const closed = queue.close();
    await expect(open.ended).rejects.toMatchObject({ code: "cancelled" });
    await expect(queue.run(job("c"), async () => 1)).rejects.toMatchObject({ code: "cancelled" });
    committed.end();
    await closed;
    expect(await committed.ended).toBe("done");
  });
});

describe("a change without a revision", () => {
  it("waits for no build of another app", async () => {
    const queue = createQueue(1);
    const push = await begin(queue, job("a", { kind: "revision" }));
    expect(await queue.run(job("b"), async () => "ran")).toBe("ran");
    push.end();
    await push.ended;
  });

  it("waits for the push of its own app", async () => {
    const queue = createQueue(2);
    const order: string[] = [];
    const push = await begin(queue, job("a", { kind: "revision" }));
    const change = queue.run(job("a"), async () => order.push("change"));
    order.push("push");
    push.end();
    await change;
    expect(order).toEqual(["push", "change"]);
  });

  it("has as many places as revisions have", async () => {
    const queue = createQueue(1);
    const lines: string[] = [];
    const report = { ...silentReport, detail: (line: string) => lines.push(line) };
    const push = await begin(queue, job("a", { kind: "revision" }));
    const first = await begin(queue, job("b"));
    const second = queue.run(job("c", { report }), async () => "ran");
    expect(lines).toEqual(["Waiting for a free place: number 1 in the queue"]);
    first.end();
    expect(await second).toBe("ran");
    push.end();
  });
});

describe("upkeep", () => {
  it("waits for no deploy's place, and takes none", async () => {
    const queue = createQueue(1);
    const deploy = await begin(queue, job("a"));
    const upkeep = await begin(queue, job("b", { kind: "upkeep" }));
    deploy.end();
    await deploy.ended;
    expect(await queue.run(job("c"), async () => "ran")).toBe("ran");
    upkeep.end();
  });

  it("has a few places of its own", async () => {
    const queue = createQueue(1);
    const names = ["a", "b", "c", "d"];
    const running = await Promise.all(
      names.map((name) => begin(queue, job(name, { kind: "upkeep" }))),
    );
    let isRun = false;
    const fifth = queue.run(job("e", { kind: "upkeep" }), async () => {
      isRun = true;
    });
    expect(isRun).toBe(false);
    running[0]?.end();
    await fifth;
    expect(isRun).toBe(true);
    running.forEach(({ end }) => end());
  });

  it("that hangs keeps its place from other apps for two seconds", async () => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    onTestFinished(() => void vi.useRealTimers());
    const queue = createQueue(1);
    const hung = ["a", "b", "c", "d", "e", "f", "g", "h"].map((name) =>
      begin(queue, job(name, { kind: "upkeep" })),
    );
    let isRun = false;
    const last = queue.run(job("blog", { kind: "upkeep" }), async () => {
      isRun = true;
    });
    await vi.advanceTimersByTimeAsync(3_900);
    expect(isRun).toBe(false);
    await vi.advanceTimersByTimeAsync(100);
    await last;
    const running = await Promise.all(hung);
    expect(["a", "h"].map((name) => queue.busy(name))).toEqual([true, true]);
    running.forEach(({ end }) => end());
    await Promise.all(running.map(({ ended }) => ended));
    expect(vi.getTimerCount()).toBe(0);
  });

  it("of what hung the last time begins behind all others, until it does not hang", async () => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    onTestFinished(() => void vi.useRealTimers());
    const queue = createQueue(1);
    const all = (names: readonly string[]) =>
      Promise.all(names.map((name) => begin(queue, job(name, { kind: "upkeep" }))));
    const endAll = (running: Awaited<ReturnType<typeof all>>) => {
      running.forEach(({ end }) => end());
      return Promise.all(running.map(({ ended }) => ended));
    };
    const orderOf = async (names: readonly string[]) => {
      const order: string[] = [];
      const ahead = await all(["w", "x", "y", "z"]);
      const repairs = names.map((name) =>
        queue.run(job(name, { kind: "upkeep" }), async () => order.push(name)),
      );
      await endAll(ahead);
      await Promise.all(repairs);
      return order;
    };
    const hung = await all(["a", "b", "c", "d"]);
    await vi.advanceTimersByTimeAsync(2_000);
    await endAll(hung);
    expect(await orderOf(["a", "b", "e", "f"])).toEqual(["e", "f", "a", "b"]);
    expect(await orderOf(["a", "c", "e"])).toEqual(["a", "e", "c"]);
  });

  it("that waits for a place holds up nothing that somebody asks for", async () => {
    const queue = createQueue(1);
    const names = ["a", "b", "c", "d"];
    const hung = await Promise.all(
      names.map((name) => begin(queue, job(name, { kind: "upkeep" }))),
    );
    const order: string[] = [];
    const lines: string[] = [];
    const report = { ...silentReport, detail: (line: string) => lines.push(line) };
    const upkeep = queue.run(job("blog", { kind: "upkeep" }), async () => order.push("upkeep"));
    const push = await begin(queue, job("blog", { kind: "revision", title: "the push" }));
    const change = queue.run(job("blog", { report }), async () => order.push("change"));
    hung.forEach(({ end }) => end());
    await Promise.all(hung.map(({ ended }) => ended));
    expect(order).toEqual([]);
    push.end();
    await Promise.all([upkeep, change]);
    expect(order).toEqual(["change", "upkeep"]);
    expect(lines).toEqual(["Waiting for the push"]);
  });

  it("begins while a push of its app has no place", async () => {
    const queue = createQueue(1);
    const build = await begin(queue, job("a", { kind: "revision" }));
    const push = queue.run(job("blog", { kind: "revision" }), async () => "pushed");
    expect(await queue.run(job("blog", { kind: "upkeep" }), async () => "repaired")).toBe(
      "repaired",
    );
    build.end();
    expect(await push).toBe("pushed");
  });

  it("waits for its app's turn all the same", async () => {
    const queue = createQueue(2);
    const order: string[] = [];
    const deploy = await begin(queue, job("a"));
    const upkeep = queue.run(job("a", { kind: "upkeep" }), async () => order.push("upkeep"));
    order.push("deploy");
    deploy.end();
    await upkeep;
    expect(order).toEqual(["deploy", "upkeep"]);
  });

  it("is nobody's to cancel", async () => {
    const queue = createQueue(1);
    const upkeep = await begin(queue, job("a", { kind: "upkeep" }));
    expect(queue.cancel("a", "ann cancelled it")).toBe(false);
    upkeep.end();
    expect(await upkeep.ended).toBe("done");
  });
});

describe("putting routes", () => {
  it("has as many places as there are apps, and waits for its app's turn", async () => {
    const queue = createQueue(1);
    const deploy = await begin(queue, job("a"));
    let isRun = false;
    const waiting = queue.run(job("a", { kind: "route" }), async () => {
      isRun = true;
    });
    const names = Array.from({ length: 50 }, (_, at) => `app-${at}`);
    const running = await Promise.all(
      names.map((name) => begin(queue, job(name, { kind: "route" }))),
    );
    expect(isRun).toBe(false);
    deploy.end();
    await waiting;
    running.forEach(({ end }) => end());
  });

  it("is nobody's to cancel", async () => {
    const queue = createQueue(1);
    const put = await begin(queue, job("a", { kind: "route" }));
    expect(queue.cancel("a", "ann cancelled it")).toBe(false);
    put.end();
    expect(await put.ended).toBe("done");
  });
});

describe("idle", () => {
  it("comes when the last job of the app has ended, also one that came meanwhile", async () => {
    const queue = createQueue(2);
    const first = await begin(queue, job("a"));
    const second = queue.run(job("a"), async () => "second");
    let isIdle = false;
    const idle = (async () => {
      await queue.idle("a");
      isIdle = true;
    })();
    const other = await begin(queue, job("b"));
    expect(isIdle).toBe(false);
    first.end();
    await second;
    await idle;
    expect(queue.busy("a")).toBe(false);
    other.end();
  });

  it("is at once where nothing is to do", async () => {
    await expect(createQueue(1).idle("a")).resolves.toBeUndefined();
  });

  it("has places for a thousand repairs without minutes of thinking", async () => {
    const queue = createQueue(4);
    const spentMs = processorClock();
    const apps = Array.from({ length: 1_000 }, (_, at) => `app-${at}`);
    const done = await Promise.all(
      apps.map((app) => queue.run(job(app, { kind: "upkeep" }), async () => app)),
    );
    expect(done).toEqual(apps);
    // Half a second; ten when each looked for its place among all others anew.
    expect(spentMs()).toBeLessThan(4_000);
  });
});
