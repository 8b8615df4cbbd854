import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { awaitReplicas } from "../support/replicas.ts";
import { page, shellApp } from "../support/sample-apps.ts";
import { TestHost } from "../support/test-host.ts";

let host: TestHost;

beforeAll(async () => {
  host = await TestHost.start();
  await host.must(host.push("blog", page("healthy")));
});

afterAll(async () => {
  await host.destroy();
});

/** A page, and /cgi-bin/check that answers the status. */
const checked = (text: string, status: number, more: readonly string[] = []) =>
  page(text, {
    Dockerfile: [
      "FROM goku-test/busybox",
      "COPY www /www",
      "EXPOSE 80",
      ...more,
      'CMD ["httpd", "-f", "-p", "80", "-h", "/www"]',
      "",
    ].join("\n"),
    "www/cgi-bin/check": `#!/bin/sh\nprintf 'Status: ${status} Said So\\r\\nContent-Type: text/plain\\r\\n\\r\\n'\n`,
  });

/** The push was refused for this reason, and nothing of it is left. */
async function expectRefused(files: ReturnType<typeof page>, ...says: string[]) {
  const before = (await host.see("blog")).body;
  const pushed = await host.push("blog", files);
  expect(pushed.status).toBe(1);
  says.forEach((words) => expect(pushed.stderr).toContain(words));
  expect(pushed.stderr).toContain("The previous release is still serving");
  expect((await host.see("blog")).body).toBe(before);
  await awaitReplicas(host, "blog-main", 1);
}

describe("CUSTOM_CHECK", () => {
  it("that answers 200 lets the release live", async () => {
    await host.must(host.push("blog", checked("checked", 200)));
    await host.must(host.octo("config:set", "blog/CUSTOM_CHECK=/cgi-bin/check"));
    expect((await host.see("blog")).body).toBe("checked");
  });

  it("that answers 500 refuses the push, with the answer", async () => {
    await expectRefused(checked("sick", 500), "/cgi-bin/check on port 80 answered 500");
  });

  it("that answers 302 is well", async () => {
    await host.must(host.push("blog", checked("moved", 302)));
    expect((await host.see("blog")).body).toBe("moved");
  });

  it("set to what answers 404 is refused and not kept", async () => {
    const set = await host.octo("config:set", "blog/CUSTOM_CHECK=/nothing");
    expect(set.status).toBe(1);
    expect(set.stderr).toContain("/nothing on port 80 answered 404");
    expect((await host.octo("config:get", "blog/CUSTOM_CHECK")).stdout).toBe("/cgi-bin/check\n");
    await host.must(host.octo("config:rm", "blog/CUSTOM_CHECK"));
  });
});

describe("the image's HEALTHCHECK", () => {
  it("that passes lets the release live at once, whatever its interval", async () => {
    const healthy = ["HEALTHCHECK --interval=1h CMD wget -qO- http://127.0.0.1/ || exit 1"];
    await host.must(host.push("blog", checked("self-checked", 200, healthy)));
    expect((await host.see("blog")).body).toBe("self-checked");
  });

  it("that fails refuses the push, with what it said", async () => {
    const sick = ['HEALTHCHECK CMD ["sh", "-c", "echo the database is asleep; exit 1"]'];
    await expectRefused(
      checked("sick", 200, sick),
      "its HEALTHCHECK ended with 1",
      "the database is asleep",
    );
  });
});

describe("a candidate", () => {
  it("that needs more memory than it may is said to be killed for that", async () => {
    await host.must(host.octo("config:set", "blog/MEMORY_LIMIT=32m"));
    await expectRefused(shellApp("exec tail /dev/zero"), "killed because it used more memory");
    await host.must(host.octo("config:rm", "blog/MEMORY_LIMIT"));
  });

  it("whose port is another than it says is told which was asked", async () => {
    const elsewhere = shellApp("exec httpd -f -p 8080 -h /bin", ["EXPOSE 80"]);
    await expectRefused(elsewhere, "port 80 did not accept a connection");
  });

  it("that cannot even start is said to be so", async () => {
    const impossible = {
      Dockerfile: 'FROM goku-test/busybox\nEXPOSE 80\nCMD ["no-such-program"]\n',
    };
    await expectRefused(impossible, "no-such-program");
  });

  it("that shows 60 lines and dies has the last 50 shown", async () => {
    const chatty = shellApp("for i in $(seq 1 60); do echo line-$i-end; done; exit 1");
    await expectRefused(chatty, "line-11-end", "line-60-end");
    const pushed = await host.git("blog", "push", host.sshUrl("blog"), "main");
    expect(pushed.stderr).not.toContain("line-10-end");
  });
});

describe("# RELEASE", () => {
  const releasing = (command: string, text: string) => checked(text, 200, [`# RELEASE ${command}`]);

  it("runs once, in the new image, with the vars, before the swap", async () => {
    await host.must(host.octo("config:set", "blog/WHO=world"));
    const pushed = await host.push(
      "blog",
      releasing("echo hello $WHO; cat /www/index.html; echo", "migrated"),
    );
    expect(pushed.status, pushed.stderr).toBe(0);
    expect(pushed.stderr).toContain("Running the release command");
    expect(pushed.stderr).toMatch(/hello world[\s\S]*migrated[\s\S]*Starting blog-main/);
    expect((await host.see("blog")).body).toBe("migrated");
    const again = await host.must(host.octo("restart", "blog"));
    expect(again.stdout).not.toContain("release command");
  });

  it("that fails refuses the push", async () => {
    const failing = releasing("echo cannot migrate; exit 3", "never seen");
    await expectRefused(failing, "cannot migrate", "The release command ended with exit status 3");
  });
});
