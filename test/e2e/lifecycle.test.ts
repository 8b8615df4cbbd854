import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { envOf, replicaIds } from "../support/replicas.ts";
import { page } from "../support/sample-apps.ts";
import { TestHost } from "../support/test-host.ts";

/** Says which container answered, at /cgi-bin/who. */
const named = (text: string) =>
  page(text, {
    "www/cgi-bin/who":
      "#!/bin/sh\nprintf 'Content-Type: text/plain\\r\\n\\r\\n'\nexec cat /etc/hostname\n",
  });

let host: TestHost;

beforeAll(async () => {
  host = await TestHost.start();
  await host.must(host.push("blog", named("v1")));
});

afterAll(async () => {
  await host.destroy();
});

const ids = () => replicaIds(host, "blog-main");

async function settled(count: number): Promise<string[]> {
  await expect.poll(ids, { timeout: 60_000 }).toHaveLength(count);
  return ids();
}

/** Names of the containers that answered some requests. */
async function answering(): Promise<Set<string>> {
  const answers = await Promise.all(
    Array.from({ length: 30 }, () => host.see("blog", "/cgi-bin/who")),
  );
  expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 200));
  return new Set(answers.map(({ body }) => body.trim()));
}

describe("scale", () => {
  it("to three has three that answer", async () => {
    await host.must(host.octo("scale", "blog=3"));
    expect((await answering()).size).toBe(3);
    expect(await settled(3)).toHaveLength(3);
    expect((await host.octo("info", "blog")).stdout).toContain("3 of 3 containers");
    expect((await host.octo("config:get", "blog/CONTAINERS")).stdout).toBe("3\n");
  });

  it("stays through a push", async () => {
    const pushed = await host.push("blog", named("v2"));
    expect(pushed.stderr).toContain("(3 containers)");
    expect((await answering()).size).toBe(3);
    expect((await host.see("blog")).body).toBe("v2");
    expect(await settled(3)).toHaveLength(3);
  });

  it("to the same number changes nothing", async () => {
    const before = await settled(3);
    const again = await host.must(host.octo("scale", "blog=3"));
    expect(again.stdout).toContain("Nothing changed");
    expect(await ids()).toEqual(before);
  });

  it("to one has one", async () => {
    await host.must(host.octo("scale", "blog=1"));
    expect((await answering()).size).toBe(1);
    expect(await settled(1)).toHaveLength(1);
  });

  it("to none or too many is refused", async () => {
    const none = await host.octo("scale", "blog=0");
    expect(none.status).not.toBe(0);
    expect(none.stderr).toContain("octo stop");
    const many = await host.octo("scale", "blog=101");
    expect(many.status).toBe(1);
    expect(many.stderr).toContain("from 1 to 100");
    expect(await settled(1)).toHaveLength(1);
  });
});

describe("restart and reload", () => {
  it("put new containers in the place of the old", async () => {
    const first = await settled(1);
    await host.must(host.octo("restart", "blog"));
    expect((await host.see("blog")).body).toBe("v2");
    const second = await settled(1);
    expect(second).not.toEqual(first);
    await host.must(host.octo("reload", "blog-main"));
    expect(await settled(1)).not.toEqual(second);
  });

  it("differ in whether the vars are read again", async () => {
    await host.must(host.octo("config:set", "--no-restart", "blog/SEEN=1"));
    await host.must(host.octo("restart", "blog"));
    expect(await envOf(host, "blog")).not.toHaveProperty("SEEN");
    await host.must(host.octo("reload", "blog"));
    expect(await envOf(host, "blog")).toMatchObject({ SEEN: "1" });
  });
});

describe("stop", () => {
  it("has the hosts answer 503, and no container run", async () => {
    await host.must(host.octo("stop", "blog"));
    expect((await host.see("blog")).status).toBe(503);
    expect((await host.see("blog-main")).status).toBe(503);
    expect(await settled(0)).toEqual([]);
    expect((await host.octo("status", "blog")).stdout).toBe("blog: STOPPED\n");
  });

  it("holds when Goku starts again, and when vars are set", async () => {
    await host.end();
    await host.serve();
    expect((await host.see("blog")).status).toBe(503);
    const set = await host.must(host.octo("config:set", "blog/WHILE_STOPPED=1"));
    expect(set.stdout).toContain("once it starts: octo start blog");
    expect((await host.see("blog")).status).toBe(503);
    expect(await ids()).toEqual([]);
  });

  it("leaves the scale to be changed", async () => {
    const scaled = await host.must(host.octo("scale", "blog=2"));
    expect(scaled.stdout).toContain("blog will run in 2, once it starts: octo start blog");
    await host.must(host.octo("start", "blog"));
    expect((await answering()).size).toBe(2);
    await host.must(host.octo("scale", "blog=1"));
    await host.must(host.octo("stop", "blog"));
  });

  it("is ended by start, with the vars as they are now", async () => {
    await host.must(host.octo("start", "blog"));
    expect((await host.see("blog")).body).toBe("v2");
    expect(await envOf(host, "blog")).toMatchObject({ WHILE_STOPPED: "1" });
    const again = await host.must(host.octo("start", "blog"));
    expect(again.stdout + again.stderr).toContain("blog runs already");
  });

  it("is ended by a push of what is live already", async () => {
    await host.must(host.octo("stop", "blog"));
    await host.must(host.git("blog", "commit", "-q", "--allow-empty", "-m", "nothing new"));
    await host.must(host.push("blog", null));
    expect((await host.see("blog")).body).toBe("v2");
    await host.must(host.octo("stop", "blog"));
    await host.must(host.git("blog", "reset", "-q", "--hard", "HEAD~1"));
    await host.must(host.git("blog", "push", "--force", host.sshUrl("blog"), "main"));
    expect((await host.see("blog")).body).toBe("v2");
    expect((await host.octo("status", "blog")).stdout).toBe("blog: OK\n");
  });

  it("twice is no error", async () => {
    await host.must(host.octo("stop", "blog"));
    await host.must(host.octo("stop", "blog"));
    await host.must(host.octo("start", "blog"));
    expect((await host.see("blog")).body).toBe("v2");
  });

  it("of an app that was never live is refused", async () => {
    const pushed = await host.push("young", { Dockerfile: "FROM goku-test/busybox\nRUN false\n" });
    expect(pushed.status).toBe(1);
    const stopped = await host.octo("stop", "young");
    expect(stopped.status).toBe(1);
    expect(stopped.stderr).toContain("young has no release yet");
  });
});
