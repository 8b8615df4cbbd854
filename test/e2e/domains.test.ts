import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { runPush } from "../support/running.ts";
import { page } from "../support/sample-apps.ts";
import { TestHost } from "../support/test-host.ts";

let host: TestHost;

beforeAll(async () => {
  host = await TestHost.start();
  await host.must(host.push("blog", page("blog", { CNAME: "www.blog.example\nBlog.Example" })));
  await host.must(host.push("shop", page("shop")));
});

afterAll(async () => {
  await host.destroy();
});

const body = async (domain: string) => (await host.ask(domain)).body;
const domains = (app: string) => host.octoJson<string[]>("domains", app);

describe("the domains of an app", () => {
  it("are its own host names and the lines of CNAME", async () => {
    expect(await domains("blog")).toEqual([
      "blog.goku.test",
      "blog-main.goku.test",
      "www.blog.example",
      "blog.example",
    ]);
    for (const domain of [...(await domains("blog")), "BLOG.example"]) {
      expect(await body(domain)).toBe("blog");
    }
  });

  it("of a branch are without CNAME's", async () => {
    await host.must(host.push("blog", page("feature", { CNAME: "www.blog.example\n" }), "feature"));
    expect(await domains("blog-feature")).toEqual(["blog-feature.goku.test"]);
    expect(await body("www.blog.example")).toBe("blog");
  });

  it("are added, read, set and removed", async () => {
    await host.must(host.octo("domains:add", "blog", "b.example.org,A.example.org"));
    expect((await host.octo("domains:get", "blog")).stdout).toBe("a.example.org b.example.org\n");
    expect((await host.octo("config:get", "blog/DOMAINS")).stdout).toBe(
      "a.example.org b.example.org\n",
    );
    expect(await body("a.example.org")).toBe("blog");
    await host.must(host.octo("domains:rm", "blog", "a.example.org"));
    expect((await host.ask("a.example.org")).status).toBe(404);
    expect(await body("b.example.org")).toBe("blog");
    await host.must(host.octo("domains:set", "blog", "c.example.org", "d.example.org"));
    expect((await host.ask("b.example.org")).status).toBe(404);
    expect(await body("d.example.org")).toBe("blog");
    expect(await body("www.blog.example")).toBe("blog");
    const again = await host.must(
      host.octo("domains:set", "blog", "d.example.org", "c.example.org"),
    );
    expect(again.stdout).toContain("blog has the domains c.example.org d.example.org");
  });

  it("that were not set are not removed, and why is said", async () => {
    for (const [name, says] of [
      ["blog.goku.test", "it is the app's own host name"],
      ["WWW.blog.example", "it comes from the file CNAME"],
      ["e.example.org", "blog does not have the domain e.example.org"],
    ] as const) {
      const removed = await host.octo("domains:rm", "blog", "d.example.org", name);
      expect([name, removed.status]).toEqual([name, 1]);
      expect(removed.stderr).toContain(says);
    }
    expect(await body("d.example.org")).toBe("blog");
  });

  it("added by several people at once are all kept", async () => {
    const added = ["one", "two", "three"].map((name) => `${name}.example.net`);
    const ended = await Promise.all(added.map((name) => host.octo("domains:add", "blog", name)));
    expect(ended.map(({ status }) => status)).toEqual([0, 0, 0]);
    expect(await domains("blog")).toEqual(expect.arrayContaining(added));
    expect(await Promise.all(added.map(body))).toEqual(["blog", "blog", "blog"]);
  });

  it("below a wildcard all lead there, but for those that are somebody's", async () => {
    await host.must(host.octo("domains:add", "blog", "*.wild.example"));
    await host.must(host.octo("domains:add", "shop", "shop.wild.example"));
    expect(await body("anything.wild.example")).toBe("blog");
    expect(await body("deep.er.wild.example")).toBe("blog");
    expect(await body("shop.wild.example")).toBe("shop");
    expect((await host.ask("wild.example")).status).toBe(404);
  });

  it("that are none are refused", async () => {
    for (const name of [
      "nodot",
      "a..b",
      "a;b.example",
      "http://a.example",
      "ä.example",
      "a.example/x",
    ]) {
      const ended = await host.octo("domains:add", "shop", name);
      expect([name, ended.status]).toEqual([name, 1]);
      expect(ended.stderr).toContain("is not a domain");
    }
    const pushed = await host.push("shop", page("shop", { CNAME: "a.example;return 200\n" }));
    expect(pushed.status).toBe(1);
    expect(pushed.stderr).toContain("is not a domain");
    expect(await body("shop.goku.test")).toBe("shop");
  });
});

describe("the domain of another app", () => {
  it("is refused to octo, to CNAME and to config:set", async () => {
    const added = await host.octo("domains:add", "shop", "www.blog.example");
    expect(added.status).toBe(1);
    expect(added.stderr).toContain("The domain www.blog.example belongs to the app blog.");
    const pushed = await host.push("shop", page("shop 2", { CNAME: "c.example.org\n" }));
    expect(pushed.status).toBe(1);
    expect(pushed.stderr).toContain("The domain c.example.org belongs to the app blog.");
    expect(pushed.stderr).not.toContain("Building");
    const set = await host.octo("config:set", "shop/DOMAINS=blog-feature.goku.test");
    expect(set.status).toBe(1);
    expect(await body("shop.goku.test")).toBe("shop");
    expect(await body("www.blog.example")).toBe("blog");
  });

  it("and Goku's own are refused", async () => {
    const added = await host.octo("domains:add", "shop", "goku.goku.test");
    expect(added.status).toBe(1);
    expect(added.stderr).toContain("The domain goku.goku.test is Goku's own.");
  });

  it("wanted by two at once goes to one of them", async () => {
    // The instance's name is in it so that no earlier run has it in the cache: both builds take their time.
    const lines = [
      "FROM goku-test/busybox",
      "COPY www /www",
      `RUN sleep 1; : ${host.instance}`,
      "EXPOSE 80",
      'CMD ["httpd", "-f", "-p", "80", "-h", "/www"]',
    ];
    const wanting = (text: string) =>
      page(text, { CNAME: "wanted.example\n", Dockerfile: `${lines.join("\n")}\n` });
    const names = ["first", "second"];
    for (const name of names) {
      await host.commit(name, wanting(name));
    }
    const ended = await Promise.all(names.map((name) => runPush(host, name).ended));
    expect(new Set(ended.map(({ status }) => status))).toEqual(new Set([0, 1]));
    const winner = names[ended.findIndex(({ status }) => status === 0)] ?? "";
    const loser = ended.find(({ status }) => status === 1);
    expect(loser?.stderr).toContain(`The domain wanted.example belongs to the app ${winner}.`);
    expect(await body("wanted.example")).toBe(winner);
  });
});

describe("NGINX_ALT", () => {
  const template = () => join(host.folder, "alt.hbs");
  const working =
    "{{#unless stopped}}upstream {{app}} {\n{{#each backends}}server {{address}}:{{port}};{{/each}}\n}\n{{/unless}}server {\n  listen {{http}};\n  server_name {{serverNames}};\n  add_header X-Alternative yes;\n  location / { proxy_pass http://{{app}}; }\n}\n";

  it("serves by a template of one's own", async () => {
    await writeFile(template(), working, { mode: 0o644 });
    await host.must(host.octo("config:set", `blog/NGINX_ALT=${template()}`));
    const answer = await host.see("blog");
    expect(answer.body).toBe("blog");
    expect(answer.headers["x-alternative"]).toBe("yes");
  });

  it("is refused where nginx does not accept it, and the old routes stay", async () => {
    await writeFile(template(), `${working}nonsense here;\n`);
    const pushed = await host.push("blog", page("blog 2"), "main");
    expect(pushed.status).toBe(1);
    expect(pushed.stderr).toContain("is not accepted by nginx");
    expect((await host.see("blog")).headers["x-alternative"]).toBe("yes");
    expect(await body("blog.goku.test")).toBe("blog");
    const missing = await host.octo("config:set", "blog/NGINX_ALT=/no/such.hbs");
    expect(missing.status).toBe(1);
    expect(missing.stderr).toContain("/no/such.hbs (NGINX_ALT) cannot be read");
    expect(await body("shop.goku.test")).toBe("shop");
  });

  it("that breaks does not stop other apps' deploys", async () => {
    await host.must(host.push("shop", page("shop 3")));
    expect(await body("shop.goku.test")).toBe("shop 3");
    await host.must(host.octo("config:rm", "blog/NGINX_ALT"));
    await host.must(host.push("blog", null, "main"));
    expect(await body("blog.goku.test")).toBe("blog 2");
  });
});
