import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { exec } from "../support/exec.ts";
import { awaitReplicas, replicaIds } from "../support/replicas.ts";
import { runOcto } from "../support/running.ts";
import { page } from "../support/sample-apps.ts";
import { soon } from "../support/soon.ts";
import { TestHost } from "../support/test-host.ts";

/** Writes what it is asked to at /cgi-bin/say?WORD. */
const talking = (text: string) =>
  page(text, {
    Dockerfile: [
      "FROM goku-test/busybox",
      "COPY www /www",
      `RUN echo building ${text}`,
      "EXPOSE 80",
      `CMD ["sh", "-c", "echo ${text} begins; exec httpd -f -p 80 -h /www"]`,
      "",
    ].join("\n"),
    "www/cgi-bin/say":
      "#!/bin/sh\nprintf 'Content-Type: text/plain\\r\\n\\r\\n'\necho \"said $QUERY_STRING\" >&2\n",
  });

let host: TestHost;

beforeAll(async () => {
  host = await TestHost.start();
  await host.must(host.push("blog", talking("one")));
});

afterAll(async () => {
  await host.destroy();
});

const logs = async (...args: string[]) =>
  (await host.must(host.octo("logs", "blog", ...args))).stdout;

describe("logs", () => {
  it("shows what the containers wrote", async () => {
    await host.see("blog", "/cgi-bin/say?hello");
    await soon(() => logs()).toBe("v1.1 | one begins\nv1.1 | said hello\n");
    expect(await logs("--tail", "1")).toBe("v1.1 | said hello\n");
    expect(await host.octoJson("logs", "blog")).toEqual(["v1.1 | one begins", "v1.1 | said hello"]);
  });

  it("--since leaves out what is older", async () => {
    const since = new Date(Date.now() + 1).toISOString();
    await host.see("blog", "/cgi-bin/say?later");
    await soon(() => logs("--since", since)).toBe("v1.1 | said later\n");
    expect(await logs("--since", "1h")).toContain("one begins");
  });

  it("--build shows what a build said, long after", async () => {
    await host.must(host.push("blog", talking("two")));
    expect(await logs("--build")).toContain("building two");
    const first = await logs("--build", "v1");
    expect(first).toContain("building one");
    expect(first).not.toContain("building two");
    await host.must(host.octo("restart", "blog"));
    const none = await host.octo("logs", "blog", "--build", "v3");
    expect(none.status).toBe(1);
    expect(none.stderr).toContain("v3 of blog has no build log");
  });

  it("--build shows a failed build, too", async () => {
    const broken = { Dockerfile: "FROM goku-test/busybox\nRUN echo it breaks; false\n" };
    expect((await host.push("broken", broken)).status).toBe(1);
    const ended = await host.must(host.octo("logs", "broken", "--build"));
    expect(ended.stdout).toContain("it breaks");
  });

  it("--access shows the requests, a JSON object a line", async () => {
    await host.see("blog", "/?seen=1");
    const line = async () =>
      (await logs("--access", "--tail", "5")).split("\n").find((one) => one.includes("seen=1"));
    await expect.poll(line, { timeout: 60_000 }).toBeDefined();
    expect(JSON.parse((await line()) ?? "")).toMatchObject({ status: 200, host: "blog.goku.test" });
  });

  it("-f shows new lines as they come, of this release and of the next", async () => {
    const following = runOcto(host, "logs", "blog", "-f", "--tail", "1");
    try {
      await following.saying(/two begins/);
      await host.see("blog", "/cgi-bin/say?while-following");
      await following.saying(/v3\.1 \| said while-following/);
      await host.must(host.push("blog", talking("three")));
      await following.saying(/v4\.1 \| three begins/);
      await host.see("blog", "/cgi-bin/say?of-the-next");
      await following.saying(/v4\.1 \| said of-the-next/);
      await host.must(host.octo("restart", "blog"));
      await following.saying(/v5\.1 \| three begins/);
      expect(following.text.match(/of-the-next/g)).toHaveLength(1);
    } finally {
      following.kill("SIGINT");
    }
    await following.ended;
  });

  it("-f goes on when a container dies and is started again, and through a stop and a start", async () => {
    const [id = ""] = await awaitReplicas(host, "blog-main", 1);
    const following = runOcto(host, "logs", "blog", "-f", "--tail", "1");
    try {
      await following.saying(/v5\.1 \| /);
      await host.must(exec("docker", ["kill", id]));
      await expect.poll(async () => (await host.see("blog")).status, { timeout: 60_000 }).toBe(200);
      await host.see("blog", "/cgi-bin/say?after-the-death");
      await following.saying(/said after-the-death/);
      await host.must(host.octo("stop", "blog"));
      await host.must(host.octo("start", "blog"));
      await host.see("blog", "/cgi-bin/say?after-the-start");
      await following.saying(/v6\.1 \| said after-the-start/);
      await host.must(host.push("short", talking("short")));
      const short = runOcto(host, "logs", "short", "-f");
      await short.saying(/short begins/);
      await host.must(host.octo("remove", "short"));
      expect((await short.ended).status).toBe(0);
    } finally {
      following.kill("SIGINT");
    }
    await following.ended;
  });
});

describe("run", () => {
  it("passes the exit status on, and both outputs", async () => {
    const ended = await host.octo(
      "run",
      "blog",
      "--",
      "sh",
      "-c",
      "echo out; echo err >&2; exit 7",
    );
    expect(ended).toEqual({ status: 7, stdout: "out\n", stderr: "err\n" });
    expect((await host.octo("run", "blog", "--", "true")).status).toBe(0);
    expect((await host.octo("run", "blog", "sh", "-c", "exit 3")).status).toBe(3);
  });

  it("gives standard input to the command", async () => {
    const text = `${"line of input\n".repeat(20_000)}end`;
    const ended = await host.octoWith(text, "run", "blog", "--", "cat");
    expect(ended.stdout).toBe(text);
  });

  it("sees the vars and the image of the live release", async () => {
    await host.must(host.octo("config:set", "blog/GREETING", "hello world", "--no-restart"));
    await host.must(host.octo("reload", "blog"));
    const ended = await host.octo(
      "run",
      "blog",
      "--",
      "sh",
      "-c",
      'echo "$GREETING"; cat /www/index.html',
    );
    expect(ended.stdout).toBe("hello world\nthree");
  });

  it("leaves no container behind, and the app alone", async () => {
    await expect.poll(() => replicaIds(host, "blog-main"), { timeout: 60_000 }).toHaveLength(1);
    const before = await replicaIds(host, "blog-main");
    await host.octo("run", "blog", "--", "true");
    expect(await replicaIds(host, "blog-main")).toEqual(before);
  });

  it("ends with the client", async () => {
    const running = runOcto(host, "run", "blog", "--", "sh", "-c", "echo begun; sleep 1000");
    await running.saying(/begun/);
    expect(await replicaIds(host, "blog-main")).toHaveLength(2);
    running.kill();
    await expect.poll(() => replicaIds(host, "blog-main"), { timeout: 60_000 }).toHaveLength(1);
  });

  it("of a program that is not there or cannot be run says so, with a shell's exit status", async () => {
    const missing = await host.octo("run", "blog", "--", "no-such-program");
    expect(missing).toMatchObject({ status: 127, stdout: "" });
    expect(missing.stderr).toContain('The command cannot be run: "no-such-program"');
    const forbidden = await host.octo("run", "blog", "--", "/etc/passwd");
    expect(forbidden.status).toBe(126);
    expect(forbidden.stderr).toContain("permission denied");
  });
});
