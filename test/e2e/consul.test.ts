import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startConsul, type TestConsul } from "../support/consul.ts";
import { envOf } from "../support/replicas.ts";
import { page } from "../support/sample-apps.ts";
import { TestHost } from "../support/test-host.ts";

describe("vars in Consul", () => {
  let host: TestHost;
  let consul: TestConsul;

  beforeAll(async () => {
    consul = await startConsul({ durable: true });
    host = await TestHost.start({ env: { GOKU_CONSUL: consul.address } });
    await host.must(host.push("blog", page("v1")));
  });

  afterAll(async () => {
    await host.destroy();
    await consul.stop();
  });

  const versions = async () =>
    (await host.octoJson<{ version: number }[]>("releases", "blog")).map(({ version }) => version);

  it("are where octohost's people look for them", async () => {
    await host.must(host.octo("config:set", "blog/GREETING", "hello"));
    expect(await consul.get("goku/blog/GREETING")).toBe("hello");
  });

  it("changed by another program are rolled out, once", async () => {
    const before = await versions();
    await consul.set("goku/blog/GREETING", "from outside");
    await expect
      .poll(async () => (await envOf(host, "blog"))["GREETING"], { timeout: 60_000 })
      .toBe("from outside");
    const [newest] = await host.octoJson<{ version: number; reason: string }[]>("releases", "blog");
    expect(newest?.reason).toBe("changed in Consul: GREETING");
    expect(await versions()).toHaveLength(before.length + 1);
  });

  it("set by octo are not rolled out twice", async () => {
    const before = await versions();
    await host.must(host.octo("config:set", "blog/OWN=1"));
    // What another program writes now is seen after what octo wrote.
    await consul.set("goku/blog/AFTER", "1");
    await expect
      .poll(async () => (await envOf(host, "blog"))["AFTER"], { timeout: 60_000 })
      .toBe("1");
    expect(await versions()).toHaveLength(before.length + 2);
  });

  it("of a service are beside it in the catalogue", async () => {
    const answer = await consul.request("GET", "/catalog/service/blog");
    const services: unknown = await answer.json();
    expect(services).toMatchObject([{ ServicePort: 80, ServiceTags: ["http"] }]);
  });

  it("leave the apps alone when Consul is gone, and refuse what needs them, naming the address", async () => {
    await consul.kill();
    expect((await host.see("blog")).body).toBe("v1");
    const pushed = await host.push("blog", page("v2"));
    expect(pushed.status).toBe(1);
    expect(pushed.stderr).toContain(`Consul at ${consul.address} does not answer`);
    const set = await host.octo("config:set", "blog/GREETING=lost");
    expect(set.status).toBe(1);
    expect(set.stderr).toContain(`Consul at ${consul.address} does not answer`);
    const removed = await host.octo("remove", "blog");
    expect(removed.status).toBe(1);
    expect((await host.see("blog")).body).toBe("v1");
  });

  it("do not keep Goku from starting without Consul", async () => {
    await host.end();
    await host.serve();
    expect((await host.see("blog")).body).toBe("v1");
    expect((await host.octo("status", "blog")).stdout).toBe("blog: OK\n");
  });

  it("are there again when Consul is", async () => {
    await consul.start();
    await host.must(host.git("blog", "push", host.sshUrl("blog"), "main"));
    expect((await host.see("blog")).body).toBe("v2");
    expect(await envOf(host, "blog")).toMatchObject({ GREETING: "from outside" });
    await host.must(host.octo("config:set", "blog/GREETING=again"));
    expect(await envOf(host, "blog")).toMatchObject({ GREETING: "again" });
    await consul.set("goku/blog/GREETING", "and again from outside");
    await expect
      .poll(async () => (await envOf(host, "blog"))["GREETING"], { timeout: 60_000 })
      .toBe("and again from outside");
  });

  it("set from outside to what the app cannot be given leave the old release serving", async () => {
    await consul.set("goku/blog/CONTAINERS", "many");
    const events = async () => (await host.octo("events", "blog")).stdout;
    await expect.poll(events, { timeout: 60_000 }).toContain('CONTAINERS is "many", and must be');
    expect((await host.see("blog")).body).toBe("v2");
    await consul.remove("goku/blog/CONTAINERS");
  });
});

describe("a Consul that wants tokens", () => {
  let host: TestHost;
  let consul: TestConsul;

  beforeAll(async () => {
    consul = await startConsul({ acl: true });
    const token = await consul.createToken(
      'key_prefix "goku/" { policy = "read" } agent_prefix "" { policy = "read" }',
    );
    const env = { GOKU_CONSUL: consul.address, GOKU_CONSUL_TOKEN: token };
    host = await TestHost.start({ env });
  });

  afterAll(async () => {
    await host.destroy();
    await consul.stop();
  });

  it("and refuses ours is said to have done so", async () => {
    const set = await host.octo("config:set", "blog/X=1");
    expect(set.status).toBe(1);
    expect(set.stderr).toContain(`Consul at ${consul.address} refused the token`);
  });

  it("and gets none says that it wants one", async () => {
    await host.end();
    await host.serve({ GOKU_CONSUL_TOKEN: "" });
    const pushed = await host.push("blog", page("blog"));
    expect(pushed.status).toBe(1);
    expect(pushed.stderr).toContain("wants a token");
  });

  it("takes the one that may write", async () => {
    await host.end();
    await host.serve({ GOKU_CONSUL_TOKEN: consul.token ?? "" });
    await host.must(host.octo("config:set", "blog/X=1"));
    await host.must(host.push("blog", null));
    expect(await envOf(host, "blog")).toMatchObject({ X: "1" });
    expect(host.log).not.toContain(consul.token);
  });
});
