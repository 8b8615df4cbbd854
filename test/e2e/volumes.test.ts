import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { exec } from "../support/exec.ts";
import { shellApp } from "../support/sample-apps.ts";
import { TestHost } from "../support/test-host.ts";
import type { Files } from "../support/working-copies.ts";

let host: TestHost;

beforeAll(async () => {
  // A database may take its time to end well.
  host = await TestHost.start({ env: { GOKU_STOP: "30s" } });
});

afterAll(async () => {
  await host.destroy();
});

/** Serves the lines of /data/log, to which every container adds one. */
function diary(name: string): Files {
  return shellApp(`echo ${name} >> /data/log; exec httpd -f -p 80 -h /data`, [
    "RUN mkdir /data && echo image > /data/log",
    "VOLUME /data/",
    "EXPOSE 80",
    "STOPSIGNAL SIGKILL",
  ]);
}

/** Ends at once where another one like it runs on the same data. */
function database(name: string): Files {
  const command = `mkdir /data/lock || exit 7; trap 'rmdir /data/lock; exit 0' TERM; echo ${name} >> /data/log; while true; do sleep 0.1; done`;
  return shellApp(command, ["VOLUME /data"]);
}

const logOf = async (app: string) => {
  const ran = await host.octo("run", app, "--", "cat", "/data/log");
  return ran.stdout.trim().split("\n");
};

describe("a VOLUME of an app that serves", () => {
  it("is told of, and keeps what was written through pushes and restarts", async () => {
    const first = await host.push("diary", diary("one"));
    expect(first.stderr).toContain("/data is a VOLUME of the image: kept from now on");
    expect((await host.see("diary", "/log")).body).toBe("image\none\n");

    const second = await host.push("diary", diary("two"));
    expect(second.stderr).not.toContain("VOLUME");
    expect((await host.see("diary", "/log")).body).toBe("image\none\ntwo\n");

    await host.must(host.octo("restart", "diary"));
    expect((await host.see("diary", "/log")).body).toBe("image\none\ntwo\ntwo\n");
  });

  it("is seen by octo run and by the release command", async () => {
    const { Dockerfile = "" } = diary("three");
    const files = { Dockerfile: `# RELEASE echo release >> /data/log\n${Dockerfile}` };
    await host.must(host.push("diary", files));
    expect(await logOf("diary")).toEqual(["image", "one", "two", "two", "release", "three"]);
  });

  it("is listed, with its path, and nobody's to prune", async () => {
    const listed = await host.octo("volumes", "diary");
    expect(listed.stdout).toMatch(/^\S+-diary-main_data-[0-9a-f]{8} +used .* \/data\n$/);
    const pruned = await host.octo("volumes:prune", "diary", "--dry-run");
    expect(pruned.stderr).toContain("There is nothing to remove");
  });

  it("goes with remove --force", async () => {
    await host.must(host.octo("remove", "diary"));
    const kept = await host.octoJson<{ volumes: unknown[] }>("volumes", "diary");
    expect(kept.volumes).toHaveLength(1);
    await host.must(host.push("diary", diary("again")));
    expect(await logOf("diary")).toContain("one");
    await host.must(host.octo("remove", "diary", "--force"));
    const label = `label=goku.instance=${host.instance}`;
    expect((await exec("docker", ["volume", "ls", "-q", "--filter", label])).stdout).toBe("");
  });
});

describe("a VOLUME of an app without HTTP", () => {
  it("has one container at a time, and the pusher is told before", async () => {
    await host.must(host.push("db", database("one")));
    const pushed = await host.push("db", database("two"));
    expect(pushed.stderr).toContain(
      "The data in /data can be one container's only, so the old one stops before the new one starts.",
    );
    expect(pushed.status).toBe(0);
    expect(await logOf("db")).toEqual(["one", "two"]);
  });

  it("is the old one's again when the new one fails", async () => {
    const failed = await host.push("db", broken());
    expect(failed.status).toBe(1);
    expect(await logOf("db")).toEqual(["one", "two", "broken", "two"]);
    expect(await host.containers()).toHaveLength(1);
  });

  it("is not shared by several", async () => {
    const before = await host.containers();
    const scaled = await host.octo("scale", "db=2");
    expect(scaled.status).toBe(1);
    expect(scaled.stderr).toContain("runs in one container");
    expect(await host.containers()).toEqual(before);
  });

  it("of a first release that failed is gone, so that the next one begins anew", async () => {
    const failed = await host.push("fresh", broken());
    expect(failed.status).toBe(1);
    await host.must(host.push("fresh", database("one")));
    expect(await logOf("fresh")).toEqual(["one"]);
  });
});

function broken(): Files {
  return shellApp("echo broken >> /data/log; exit 1", ["VOLUME /data"]);
}
