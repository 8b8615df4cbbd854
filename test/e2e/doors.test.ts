import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { exec } from "../support/exec.ts";
import { type KeyOwner, keyOwner } from "../support/key-owner.ts";
import { serverTip } from "../support/refs.ts";
import { page } from "../support/sample-apps.ts";
import { TestHost } from "../support/test-host.ts";

let host: TestHost;

beforeAll(async () => {
  host = await TestHost.start();
  await host.must(host.push("blog", page("blog")));
  await host.must(host.push("shop", page("shop")));
});

afterAll(async () => {
  await host.destroy();
});

describe("a key for some apps", () => {
  let bob: KeyOwner;

  beforeAll(async () => {
    bob = await keyOwner(host, "bob", ["--app", "blog*"]);
  });

  it("pushes those, and their branches", async () => {
    await host.commit("blog", page("by bob"));
    await host.must(bob.push("blog", "main"));
    expect((await host.see("blog")).body).toBe("by bob");
    await host.must(bob.push("blog", "main:refs/heads/feature"));
    expect((await host.see("blog-feature")).body).toBe("by bob");
    const [newest] = await host.octoJson<{ by: string }[]>("releases", "blog");
    expect(newest?.by).toBe("bob");
  });

  it("pushes no other, new ones neither", async () => {
    await host.commit("shop", page("by bob"));
    const pushed = await bob.push("shop", "main");
    expect(pushed.status).not.toBe(0);
    expect(pushed.stderr).toContain("bob may not push to shop.");
    expect((await host.see("shop")).body).toBe("shop");
    await host.commit("fresh", page("fresh"));
    expect((await bob.push("fresh", "main")).stderr).toContain("bob may not push to fresh.");
    expect(await serverTip(host, "fresh", "main")).toBe("");
  });

  it("clones those, and no other", async () => {
    await host.must(bob.clone("blog", "blog-of-bob"));
    const cloned = await bob.clone("shop", "shop-of-bob");
    expect(cloned.status).not.toBe(0);
    expect(cloned.stderr).toContain("bob may not read shop.");
  });

  it("commands those, and no other, and not the server", async () => {
    expect((await bob.ask("status", "blog")).stdout).toBe("blog: OK\n");
    expect((await bob.ask("status")).stdout).not.toContain("shop");
    for (const words of [
      ["restart", "shop"],
      ["config", "shop"],
      ["logs", "shop"],
      ["remove", "shop"],
    ]) {
      const ended = await bob.ask(...words);
      expect(ended.status).toBe(1);
      expect(ended.stderr).toContain('There is no app "shop"');
    }
    for (const words of [["keys:list"], ["tokens:add", "mine", "--admin"], ["keys:rm", "tester"]]) {
      const ended = await bob.ask(...words);
      expect(ended.status).toBe(1);
      expect(ended.stderr).toContain("which is for admins");
    }
    const file = await bob.ask("config:set", "blog/NGINX_ALT=/etc/passwd");
    expect(file.status).toBe(1);
    expect(file.stderr).toContain("which is for admins");
  });
});

describe("a key whose pattern begins like a repository's name", () => {
  it("neither clones that repository nor writes its tags", async () => {
    const api = await keyOwner(host, "api", ["--app", "blog-api"]);
    const cloned = await api.clone("blog", "blog-of-api");
    expect(cloned.status).not.toBe(0);
    expect(cloned.stderr).toContain("api may not read blog.");
    await host.must(host.git("blog", "tag", "-f", "stolen"));
    const tagged = await api.push("blog", "stolen");
    expect(tagged.status).not.toBe(0);
    expect(tagged.stderr).toContain("api may not write refs/tags/stolen of blog.");
    expect(await serverTip(host, "blog", "refs/tags/stolen")).toBe("");
    await host.commit("blog", page("by api"));
    const onMain = await api.push("blog", "main");
    expect(onMain.status).not.toBe(0);
    expect(onMain.stderr).toContain("api may not deploy blog.");
    const gone = await api.push("blog", ":main");
    expect(gone.status).not.toBe(0);
    expect(gone.stderr).toContain("api may not remove blog.");
    expect((await host.see("blog")).status).toBe(200);
  });
});

describe("a key that may read", () => {
  it("clones and looks, and neither pushes nor commands", async () => {
    const eve = await keyOwner(host, "eve", ["--read", "shop"]);
    await host.must(eve.clone("shop", "shop-of-eve"));
    await host.commit("shop", page("by eve"));
    const pushed = await eve.push("shop", "main");
    expect(pushed.status).not.toBe(0);
    expect(pushed.stderr).toContain("eve may not push to shop.");
    expect((await eve.ask("status", "shop")).stdout).toBe("shop: OK\n");
    expect((await eve.ask("config", "shop")).stderr).toContain("eve may not config shop");
    expect((await eve.ask("run", "shop", "--", "id")).status).toBe(1);
    expect((await host.see("shop")).body).toBe("shop");
  });
});

describe("a key that is gone", () => {
  it("is refused at once, for git and for verbs", async () => {
    const mallory = await keyOwner(host, "mallory", ["--admin"]);
    expect((await mallory.ask("status", "blog")).status).toBe(0);
    await host.must(host.octo("keys:rm", "mallory"));
    const pushed = await mallory.push("blog", "main:refs/heads/late");
    expect(pushed.status).not.toBe(0);
    expect(pushed.stderr).toContain("Permission denied (publickey)");
    expect((await mallory.ask("status")).status).toBe(255);
    expect((await host.octo("keys:list")).stdout).not.toContain("mallory");
  });

  it("was never there is refused likewise", async () => {
    const nobody = await keyOwner(host, "nobody", null);
    expect((await nobody.ask("status")).stderr).toContain("Permission denied (publickey)");
  });
});

describe("keys:add", () => {
  it("prints the fingerprint, as ssh-keygen does", async () => {
    const carol = await keyOwner(host, "carol", null);
    const added = await host.must(
      host.octoWith(carol.publicKey, "keys:add", "carol", "--app", "shop"),
    );
    const said = await exec("ssh-keygen", ["-lf", join(host.folder, "id_carol.pub")]);
    const fingerprint = said.stdout.split(" ")[1] ?? "";
    expect(added.stdout).toMatch(/^SHA256:/);
    expect(added.stdout).toContain(`${fingerprint} carol`);
    expect((await host.octo("keys:list")).stdout).toContain(fingerprint);
  });

  it("refuses a name or a key that is there, and what is no key", async () => {
    const dave = await keyOwner(host, "dave", null);
    const carols = await readFile(join(host.folder, "id_carol.pub"), "utf8");
    const secret = await readFile(join(host.folder, "id_dave"), "utf8");
    const add = (input: string, ...words: string[]) => host.octoWith(input, "keys:add", ...words);
    const refused = async (ended: ReturnType<typeof add>, says: string, status = 1) => {
      const { status: was, stderr } = await ended;
      expect(stderr).toContain(says);
      expect(was).toBe(status);
    };
    await refused(add(dave.publicKey, "carol"), 'There is a key called "carol" already.');
    await refused(add(carols, "dave"), 'is here already: it is called "carol"');
    await refused(add("hello", "dave"), "key");
    await refused(add("", "dave"), "key");
    await refused(add(secret, "dave"), "private");
    await refused(add(`command="id" ${dave.publicKey}`, "dave"), "key");
    await refused(add(dave.publicKey, "dave smith"), "A name has letters", 2);
    expect((await host.octo("keys:list")).stdout).not.toContain("dave");
    expect(host.log).not.toContain(secret.split("\n")[1] ?? "no secret");
    const gone = await host.octo("keys:rm", "carl");
    expect(gone.status).toBe(1);
    expect(gone.stderr).toContain("Did you mean carol?");
  });
});

describe("a token over HTTP", () => {
  const url = (name: string, token: string, repository: string) =>
    `http://${name}:${token}@127.0.0.1:${host.webPort}/git/${repository}.git`;
  const tokenOf = async (name: string, ...rights: string[]) =>
    (await host.octoJson<{ token: string }>("tokens:add", name, ...rights)).token;

  it("for some apps pushes those and no other", async () => {
    const token = await tokenOf("ci", "--app", "blog*");
    await host.commit("blog", page("by ci"));
    await host.must(host.git("blog", "push", url("ci", token, "blog"), "main"));
    expect((await host.see("blog")).body).toBe("by ci");
    const pushed = await host.git("shop", "push", url("ci", token, "shop"), "main");
    expect(pushed.status).not.toBe(0);
    expect(pushed.stderr).toContain("403");
    expect((await host.see("shop")).body).toBe("shop");
  });

  it("cannot fetch what it may not read, and no request goes by without it", async () => {
    const token = await tokenOf("api-ci", "--app", "blog-api");
    const cloned = await host.git("blog", "ls-remote", url("api-ci", token, "blog"));
    expect(cloned.status).not.toBe(0);
    expect(cloned.stderr).toContain("403");
    const bare = `http://127.0.0.1:${host.webPort}/git/blog.git`;
    for (const [path, method] of [
      ["/info/refs?service=git-upload-pack", "GET"],
      ["/info/refs?service=git-receive-pack", "GET"],
      ["/git-upload-pack", "POST"],
      ["/git-receive-pack", "POST"],
    ] as const) {
      expect((await fetch(bare + path, { method })).status).toBe(401);
    }
  });

  it("that reads clones and does not push", async () => {
    const token = await tokenOf("mirror", "--read", "shop");
    await host.must(host.git("shop", "ls-remote", url("mirror", token, "shop")));
    const pushed = await host.git("shop", "push", url("mirror", token, "shop"), "main");
    expect(pushed.stderr).toContain("403");
  });

  it("that is gone or wrong is refused at once", async () => {
    const token = await tokenOf("short", "--admin");
    await host.must(host.git("blog", "ls-remote", url("short", token, "blog")));
    const wrong = await host.git("blog", "ls-remote", url("short", `${token}x`, "blog"));
    expect(wrong.status).not.toBe(0);
    await host.must(host.octo("tokens:rm", "short"));
    const gone = await host.git("blog", "ls-remote", url("short", token, "blog"));
    expect(gone.status).not.toBe(0);
    expect(gone.stderr).toContain("Authentication failed");
    expect(host.log).not.toContain(token);
  });
});
