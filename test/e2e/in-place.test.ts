import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { freePort } from "../support/free-port.ts";
import { page } from "../support/sample-apps.ts";
import { ask } from "../support/ask.ts";
import { TestHost } from "../support/test-host.ts";
import type { Files } from "../support/working-copies.ts";

let host: TestHost;
let port: number;

beforeAll(async () => {
  host = await TestHost.start();
  port = await freePort();
});

afterAll(async () => {
  await host.destroy();
});

function published(text: string, more: Files = {}): Files {
  const { Dockerfile = "", ...files } = page(text);
  return {
    ...files,
    Dockerfile: `# PORTS_FROM_HOST ${port} 80 127.0.0.1\n${Dockerfile}`,
    ...more,
  };
}

describe("an app that holds a port of the server", () => {
  it("answers there and through nginx", async () => {
    expect((await host.push("fixed", published("one"))).status).toBe(0);
    expect((await ask(port, "any")).body).toBe("one");
    expect((await host.see("fixed")).body).toBe("one");
  });

  it("is replaced in place, and the pusher is told so before", async () => {
    const pushed = await host.push("fixed", published("two"));
    expect(pushed.stderr).toContain(`The server's port ${port} can be held by one container only`);
    expect(pushed.status).toBe(0);
    expect((await ask(port, "any")).body).toBe("two");
    expect((await host.see("fixed")).body).toBe("two");
  });

  it("is refused a second container before anything stops", async () => {
    const before = await host.containers();
    const scaled = await host.octo("scale", "fixed=2");
    expect(scaled.status).toBe(1);
    expect(scaled.stderr).toContain("runs in one container");
    expect(await host.containers()).toEqual(before);
    expect((await ask(port, "any")).body).toBe("two");
  });

  it("comes back as it was when the new one fails", async () => {
    const { Dockerfile = "" } = published("three");
    const broken = Dockerfile.replace(/CMD .*/, 'CMD ["false"]');
    const pushed = await host.push("fixed", published("three", { Dockerfile: broken }));
    expect(pushed.status).toBe(1);
    expect((await ask(port, "any")).body).toBe("two");
    expect((await host.see("fixed")).body).toBe("two");
    expect(await host.containers()).toHaveLength(1);
  });
});
