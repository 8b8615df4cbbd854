import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { exec } from "../support/exec.ts";
import { freePort } from "../support/free-port.ts";
import { awaitReplicas, replicaIds } from "../support/replicas.ts";
import { run, type Running } from "../support/running.ts";
import { page } from "../support/sample-apps.ts";
import { ask } from "../support/ask.ts";
import { TestHost } from "../support/test-host.ts";
import type { Files } from "../support/working-copies.ts";

let host: TestHost;

beforeAll(async () => {
  host = await TestHost.start();
});

afterAll(async () => {
  await host.destroy();
});

/** A page whose Dockerfile has these lines between FROM and CMD. */
function built(text: string, lines: readonly string[], more: Files = {}, port = 80): Files {
  const command = `CMD ["httpd", "-f", "-p", "${port}", "-h", "/www"]`;
  const dockerfile = ["FROM goku-test/busybox", "COPY www /www", ...lines, command, ""].join("\n");
  return page(text, { ...more, Dockerfile: dockerfile });
}

const files = (app: string, path: string) =>
  host.octo("run", app, "--", "sh", "-c", `ls -A ${path}`);

describe("the port", () => {
  it("is the first of several, and the choice is said", async () => {
    const pushed = await host.push(
      "several",
      built("several", ["EXPOSE 8080/tcp 9090", "EXPOSE 53/udp"], {}, 8080),
    );
    expect(pushed.status, pushed.stderr).toBe(0);
    expect(pushed.stderr).toMatch(/8080.*9090|9090.*8080/);
    expect((await host.see("several")).body).toBe("several");
  });

  it("may come from ARG and ENV", async () => {
    const lines = [
      "ARG BASE=80",
      "ARG PORT=${BASE}81",
      "ENV WEB_PORT=$PORT",
      "EXPOSE ${WEB_PORT}/tcp",
    ];
    const pushed = await host.push("expanded", built("expanded", lines, {}, 8081));
    expect(pushed.status, pushed.stderr).toBe(0);
    expect((await host.see("expanded")).body).toBe("expanded");
  });

  it("is none with NO_HTTP_PROXY, as a comment or as a var", async () => {
    const pushed = await host.push("quiet", built("quiet", ["# NO_HTTP_PROXY", "EXPOSE 80"]));
    expect(pushed.status, pushed.stderr).toBe(0);
    expect((await host.see("quiet")).status).toBe(404);
    await host.must(host.octo("config:set", "several/NO_HTTP_PROXY=1"));
    expect((await host.see("several")).status).toBe(404);
    await host.must(host.octo("config:rm", "several/NO_HTTP_PROXY"));
    expect((await host.see("several")).body).toBe("several");
  });
});

describe("the tree", () => {
  it("reaches the build without what .dockerignore names", async () => {
    const more = {
      ".dockerignore": "# nothing secret\nsecret*\n**/*.log\n!keep.log\nfolder/inner\n",
      "secret.txt": "1",
      "a.log": "1",
      "keep.log": "1",
      "folder/inner/file": "1",
      "folder/outer": "1",
      "folder/b.log": "1",
    };
    const pushed = await host.push(
      "ignoring",
      built("ignoring", ["COPY . /tree", "EXPOSE 80"], more),
    );
    expect(pushed.status, pushed.stderr).toBe(0);
    const names = (await files("ignoring", "/tree /tree/folder")).stdout.split("\n");
    expect(names).toContain("keep.log");
    expect(names).toContain("outer");
    for (const name of ["secret.txt", "a.log", "b.log", "inner"]) {
      expect(names).not.toContain(name);
    }
  });

  describe("with a submodule", () => {
    let daemon: Running;
    let url: string;

    beforeAll(async () => {
      await host.commit("library", { "library.txt": "from the library" });
      const port = await freePort();
      const args = ["daemon", "--export-all", "--reuseaddr", "--listen=127.0.0.1"];
      const place = [`--port=${port}`, `--base-path=${join(host.folder, "work")}`, "--verbose"];
      daemon = run("git", [...args, ...place], { env: host.gitEnv });
      await daemon.saying(/Ready to rumble/);
      url = `git://127.0.0.1:${port}/library`;
    });

    afterAll(async () => {
      daemon.kill();
      await daemon.ended;
    });

    const commitWith = async (repository: string, from: string) => {
      const lines = ["COPY library/library.txt /www/", "EXPOSE 80"];
      const more = { ".gitmodules": `[submodule "library"]\n\tpath = library\n\turl = ${from}\n` };
      await host.commit(repository, built(repository, lines, more));
      const commit = (await host.git("library", "rev-parse", "HEAD")).stdout.trim();
      const entry = `160000,${commit},library`;
      await host.must(host.git(repository, "update-index", "--add", "--cacheinfo", entry));
      await host.must(host.git(repository, "commit", "-q", "-m", "with the library"));
    };

    it("that can be fetched has it", async () => {
      await commitWith("modular", url);
      const pushed = await host.push("modular", null);
      expect(pushed.status, pushed.stderr).toBe(0);
      expect((await host.see("modular", "/library.txt")).body).toBe("from the library");
    });

    it("that cannot be fetched is refused with its name and the reason", async () => {
      await commitWith("modular", `git://127.0.0.1:${await freePort()}/library`);
      const pushed = await host.push("modular", null);
      expect(pushed.status).toBe(1);
      expect(pushed.stderr).toContain("library");
      expect(pushed.stderr).toMatch(/submodule/);
      expect(pushed.stderr).toContain("The previous release is still serving");
      expect((await host.see("modular", "/library.txt")).body).toBe("from the library");
    });
  });
});

describe("the build", () => {
  it("gets vars that are asked for by name, and no others", async () => {
    await host.must(host.octo("config:set", "args/EDITION=gold", "args/OTHER=kept-out"));
    const lines = ["# BUILD_ARG EDITION", "ARG EDITION=plain", "ARG OTHER=unset"];
    const write = "RUN echo $EDITION $OTHER > /www/edition";
    const pushed = await host.push("args", built("args", [...lines, write, "EXPOSE 80"]));
    expect(pushed.status, pushed.stderr).toBe(0);
    expect((await host.see("args", "/edition")).body).toBe("gold unset\n");
  });

  it("gets secrets that stay out of the image and the log", async () => {
    const secret = "s3cret-of-the-build";
    await host.must(host.octoWith(secret, "config:set", "hidden/NPM_TOKEN", "-"));
    const lines = [
      "# BUILD_SECRET NPM_TOKEN",
      "RUN --mount=type=secret,id=NPM_TOKEN cat /run/secrets/NPM_TOKEN; tr a-z A-Z < /run/secrets/NPM_TOKEN > /www/upper",
    ];
    const pushed = await host.push("hidden", built("hidden", [...lines, "EXPOSE 80"]));
    expect(pushed.status, pushed.stderr).toBe(0);
    expect((await host.see("hidden", "/upper")).body).toBe(secret.toUpperCase());
    expect(pushed.stderr + pushed.stdout).not.toContain(secret);
    expect((await host.octo("logs", "hidden", "--build")).stdout).not.toContain(secret);
    expect(host.log).not.toContain(secret);
    const [release] = await host.octoJson<{ image: string }[]>("releases", "hidden");
    const image = release?.image ?? "";
    const history = await host.must(exec("docker", ["history", "--no-trunc", image]));
    const inspected = await host.must(exec("docker", ["inspect", image]));
    expect(history.stdout + inspected.stdout).not.toContain(secret);
    const archive = join(host.folder, "hidden.tar");
    await host.must(exec("docker", ["save", "-o", archive, image]));
    const layers = await readFile(archive);
    expect(layers.includes(secret.toUpperCase())).toBe(true);
    expect(layers.includes(secret)).toBe(false);
  });

  it("that wants a secret which is not set says how to set it", async () => {
    const pushed = await host.push(
      "wanting",
      built("wanting", ["# BUILD_SECRET NOT_SET", "EXPOSE 80"]),
    );
    expect(pushed.status).toBe(1);
    expect(pushed.stderr).toContain("octo config:set wanting/NOT_SET VALUE");
  });
});

describe("the server's own", () => {
  it("folders are seen with # MOUNT_FROM_HOST", async () => {
    const folder = join(host.folder, "shared");
    await mkdir(folder, { mode: 0o755 });
    await writeFile(join(folder, "note.txt"), "from the host");
    const lines = [`# MOUNT_FROM_HOST ${folder} /www/shared`, "EXPOSE 80"];
    const pushed = await host.push("mounted", built("mounted", lines));
    expect(pushed.status, pushed.stderr).toBe(0);
    expect((await host.see("mounted", "/shared/note.txt")).body).toBe("from the host");
    await host.must(host.push("mounted", built("mounted 2", lines)));
    await writeFile(join(folder, "note.txt"), "and again");
    expect((await host.see("mounted", "/shared/note.txt")).body).toBe("and again");
  });

  it("ports are held with # PORTS_FROM_HOST, and what cannot have a twin is replaced in place, which is said", async () => {
    const port = await freePort();
    const lines = [`# PORTS_FROM_HOST ${port} 80 127.0.0.1`, "EXPOSE 80"];
    await host.must(host.push("porter", built("porter 1", lines)));
    expect((await ask(port, "anything")).body).toBe("porter 1");
    const pushed = await host.push("porter", built("porter 2", lines));
    expect(pushed.status, pushed.stderr).toBe(0);
    expect(pushed.stderr).toContain(`The server's port ${port} can be held by one container only`);
    expect((await ask(port, "anything")).body).toBe("porter 2");
    expect((await host.see("porter")).body).toBe("porter 2");
    await awaitReplicas(host, "porter-main", 1);

    const broken = { ...built("porter 3", lines) };
    broken["Dockerfile"] = (broken["Dockerfile"] ?? "").replace(/CMD.*/, 'CMD ["false"]');
    expect((await host.push("porter", broken)).status).toBe(1);
    expect((await ask(port, "anything")).body).toBe("porter 2");
    expect((await host.see("porter")).body).toBe("porter 2");
    await host.must(host.octo("restart", "porter"));
    expect((await ask(port, "anything")).body).toBe("porter 2");
  });

  it("port that somebody else has is named", async () => {
    const lines = [`# PORTS_FROM_HOST ${host.webPort} 80 127.0.0.1`, "EXPOSE 80"];
    const pushed = await host.push("second", built("second", lines));
    expect(pushed.status).toBe(1);
    expect(pushed.stderr).toContain(`Port ${host.webPort} of this server is taken`);
    expect(await replicaIds(host, "second-main")).toEqual([]);
  });
});

describe("# LINK_SERVICE", () => {
  const name = () => `${host.instance}-database`;

  beforeAll(async () => {
    const labels = ["--label", `goku.instance=${host.instance}`, "--name", name()];
    const command = [
      "sh",
      "-c",
      "mkdir /www; echo rows > /www/index.html; exec httpd -f -p 80 -h /www",
    ];
    await host.must(exec("docker", ["run", "-d", ...labels, "goku-test/busybox", ...command]));
  });

  const asking = (container: string) =>
    built("linked", [`# LINK_SERVICE db ${container}`, "EXPOSE 80"], {
      "www/cgi-bin/db":
        "#!/bin/sh\nprintf 'Content-Type: text/plain\\r\\n\\r\\n'\nexec wget -qO- -T 20 http://db/\n",
    });

  it("reaches a container of Goku's by its alias, through pushes and restarts", async () => {
    await host.must(host.push("linked", asking(name())));
    expect((await host.see("linked", "/cgi-bin/db")).body).toBe("rows\n");
    await host.must(host.octo("restart", "linked"));
    expect((await host.see("linked", "/cgi-bin/db")).body).toBe("rows\n");
    await host.must(host.push("linked", { ...asking(name()), extra: "1" }));
    expect((await host.see("linked", "/cgi-bin/db")).body).toBe("rows\n");
  });

  it("to a container that is not there is refused, and the old release serves on", async () => {
    const pushed = await host.push("linked", asking(`${host.instance}-nothing`));
    expect(pushed.status).toBe(1);
    expect(pushed.stderr).toContain(`The linked container ${host.instance}-nothing does not exist`);
    expect((await host.see("linked", "/cgi-bin/db")).body).toBe("rows\n");
  });
});
