import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { exec } from "../support/exec.ts";
import { serverTip, workHead } from "../support/refs.ts";
import { statusesOf } from "../support/releases.ts";
import { awaitReplicas, envOf, replicaIds } from "../support/replicas.ts";
import { run, runOcto, runPush } from "../support/running.ts";
import { brokenBuild, page, shellApp } from "../support/sample-apps.ts";
import { soon } from "../support/soon.ts";
import { TestHost } from "../support/test-host.ts";

/** Its build says `begun` and takes longer than any test. */
const slow = (mark: string) => ({
  Dockerfile: `FROM goku-test/busybox\nRUN printf 'begun %s\\n' ${mark}; sleep 200\nEXPOSE 80\n`,
});

let host: TestHost;

beforeAll(async () => {
  // Some candidates wait for the test.
  host = await TestHost.start({ env: { GOKU_DEADLINE: "60s" } });
});

afterAll(async () => {
  await host.destroy();
});

/** Why each release did not go live, or what it is. */
const endings = async (app: string) => {
  const all = await host.octoJson<{ status: string; failure: string | null }[]>("releases", app);
  return all.map(({ status, failure }) => failure ?? status);
};

const lost = "The deploy was cancelled: the connection that asked for it was lost.";

describe("pushes at once", () => {
  it("to one branch: the newer takes the place of the older, which is told by what", async () => {
    await host.must(host.push("race", page("v1")));
    await host.commit("race", slow("older"));
    const older = runPush(host, "race");
    await older.saying(/begun older/);
    await host.commit("race", page("newer"));
    const newer = await host.push("race", null);
    expect(newer.status, newer.stderr).toBe(0);
    const ended = await older.ended;
    expect(ended.status).toBe(1);
    const commit = (await workHead(host, "race")).slice(0, 7);
    expect(ended.stderr).toContain(
      `A newer push of this branch (the push of ${commit} by tester) took its place.`,
    );
    expect((await host.see("race")).body).toBe("newer");
    expect(await serverTip(host, "race")).toBe(await workHead(host, "race"));
    expect(await statusesOf(host, "race")).toEqual(["live", "superseded", "retired"]);
    await awaitReplicas(host, "race-main", 1);
  });

  it("and a change of vars: both are live afterwards, and neither is lost", async () => {
    // Serves once it is told to, or has the var.
    const command =
      'until [ -e /go ] || [ "$MEANWHILE" ]; do sleep 0.1; done; exec httpd -f -h /www';
    const lines = ["COPY www /www", "EXPOSE 80"];
    await host.commit("race", { ...page("paused"), ...shellApp(command, lines) });
    const pushing = runPush(host, "race");
    await pushing.saying(/Starting race-main v4/);
    const setting = runOcto(host, "config:set", "race/MEANWHILE=1");
    await setting.saying(/Waiting for the push of/);
    const goOn = ["exec", `${host.instance}-race-main.v4.1`, "touch", "/go"];
    await soon(async () => (await exec("docker", goOn)).status).toBe(0);
    expect((await pushing.ended).status).toBe(0);
    expect((await setting.ended).status).toBe(0);
    expect((await host.see("race")).body).toBe("paused");
    expect(await envOf(host, "race")).toMatchObject({ MEANWHILE: "1" });
    expect((await statusesOf(host, "race")).slice(0, 2)).toEqual(["live", "retired"]);
  });

  it("to ten apps all go live", async () => {
    const names = Array.from({ length: 10 }, (_, at) => `ten${at}`);
    for (const name of names) {
      await host.commit(name, page(name));
    }
    const pushes = names.map((name) => runPush(host, name));
    const ended = await Promise.all(pushes.map((push) => push.ended));
    expect(ended.map(({ status }) => status)).toEqual(names.map(() => 0));
    const bodies = await Promise.all(names.map(async (name) => (await host.see(name)).body));
    expect(bodies).toEqual(names);
    // More than work at once: the others were told their place.
    expect(ended.filter(({ stderr }) => stderr.includes("Waiting for a free place"))).not.toEqual(
      [],
    );
  });
});

describe("a client that goes away", () => {
  it("during the build has its deploy cancelled within seconds, and the next push works", async () => {
    await host.must(host.push("gone", page("before")));
    const before = await serverTip(host, "gone");
    await host.commit("gone", slow("gone"));
    const pushing = runPush(host, "gone");
    await pushing.saying(/begun gone/);
    pushing.kill();
    await expect.poll(() => endings("gone"), { timeout: 60_000 }).toEqual([lost, "live"]);
    expect((await host.see("gone")).body).toBe("before");
    expect(await serverTip(host, "gone")).toBe(before);
    await host.must(host.push("gone", page("after")));
    expect((await host.see("gone")).body).toBe("after");
  });

  it("over HTTP has its deploy cancelled, too", async () => {
    const { token } = await host.octoJson<{ token: string }>("tokens:add", "ci", "--admin");
    const url = `http://ci:${token}@127.0.0.1:${host.webPort}/git/web.git`;
    await host.commit("web", slow("web"));
    const options = { cwd: host.work("web"), env: host.gitEnv };
    const pushing = run("git", ["push", url, "main"], options);
    await pushing.saying(/begun web/);
    pushing.kill();
    await expect.poll(() => endings("web"), { timeout: 60_000 }).toEqual([lost]);
    await host.commit("web", page("web"));
    await host.must(host.git("web", "push", url, "main"));
    expect((await host.see("web")).body).toBe("web");
  });

  it("while the candidate becomes healthy has it removed", async () => {
    await host.must(host.push("waits", page("before")));
    await host.must(host.octo("config:set", "--no-restart", "waits/CUSTOM_CHECK=/missing"));
    await host.commit("waits", page("never healthy"));
    const pushing = runPush(host, "waits");
    await pushing.saying(/Starting waits-main v2/);
    await soon(() => replicaIds(host, "waits-main")).toHaveLength(2);
    pushing.kill();
    await expect.poll(() => endings("waits"), { timeout: 60_000 }).toEqual([lost, "live"]);
    await awaitReplicas(host, "waits-main", 1);
    expect(host.log).not.toContain("nobody foresaw");
    expect((await host.see("waits")).body).toBe("before");
  });

  it.each(["Healthy", "v2 of kept\\d-main is live"])(
    "when it has read %j leaves the ref where the live release is",
    async (words) => {
      const name = words === "Healthy" ? "kept1" : "kept2";
      await host.must(host.push(name, page("before")));
      await host.commit(name, page("after"));
      const pushing = runPush(host, name);
      await pushing.saying(new RegExp(words));
      pushing.kill();
      await expect
        .poll(() => host.octoJson<{ status: string }[]>("releases", name), { timeout: 60_000 })
        .toSatisfy(
          ([newest]: { status: string }[]) =>
            newest?.status !== "building" && newest?.status !== "publishing",
        );
      const [newest] = await host.octoJson<{ status: string }[]>("releases", name);
      const live = newest?.status === "live" ? "after" : "before";
      expect(words === "Healthy" || live === "after").toBe(true);
      expect((await host.see(name)).body).toBe(live);
      const expected = live === "after" ? "HEAD" : "HEAD~1";
      const commit = (await host.git(name, "rev-parse", expected)).stdout.trim();
      await expect.poll(() => serverTip(host, name), { timeout: 60_000 }).toBe(commit);
      const again = await host.push(name, null);
      expect(again.status, again.stderr).toBe(0);
      expect((await host.see(name)).body).toBe("after");
    },
  );
});

describe("what git can push", () => {
  it("a forced push to an older commit, and to another history", async () => {
    await host.must(host.push("forced", page("one")));
    await host.must(host.push("forced", page("two")));
    await host.must(host.git("forced", "reset", "-q", "--hard", "HEAD~1"));
    const refused = await host.push("forced", null);
    expect(refused.status).toBe(1);
    expect((await host.see("forced")).body).toBe("two");
    const forced = await host.git("forced", "push", "-f", host.sshUrl("forced"), "main");
    expect(forced.status, forced.stderr).toBe(0);
    expect((await host.see("forced")).body).toBe("one");
    await host.must(host.git("forced", "checkout", "-q", "--orphan", "other"));
    await host.commit("forced", page("other history"), "other");
    const other = await host.git("forced", "push", "-f", host.sshUrl("forced"), "other:main");
    expect(other.status, other.stderr).toBe(0);
    expect((await host.see("forced")).body).toBe("other history");
  });

  it("a push that is not forced says nothing untrue about what was live", async () => {
    await host.must(host.git("forced", "checkout", "-q", "main"));
    const behind = await host.push("forced", page("behind"));
    expect(behind.status).toBe(1);
    expect(behind.stderr).toContain("non-fast-forward");
    expect((await host.see("forced")).body).toBe("other history");
  });

  it("of a shallow clone", async () => {
    await host.must(host.push("deep", page("one")));
    await host.must(host.push("deep", page("two")));
    const shallow = join(host.folder, "work", "shallow");
    const clone = ["clone", "-q", "--depth", "1", `file://${host.work("deep")}`, shallow];
    await host.must(exec("git", clone, { env: host.gitEnv }));
    const pushed = await host.push("shallow", page("from the shallows"));
    expect(pushed.status, pushed.stderr).toBe(0);
    expect((await host.see("shallow")).body).toBe("from the shallows");
    await host.must(host.push("shallow", page("and again")));
    expect((await host.see("shallow")).body).toBe("and again");
  });

  it("a repository that nothing was deployed from can be cloned, and pushed again", async () => {
    expect((await host.push("hollow", brokenBuild)).status).toBe(1);
    const clone = ["clone", "-q", host.sshUrl("hollow"), join(host.folder, "hollow-clone")];
    const cloned = await exec("git", clone, { env: host.gitEnv });
    expect(cloned.status, cloned.stderr).toBe(0);
    expect(cloned.stderr).toContain("empty repository");
    await host.must(host.push("hollow", page("filled")));
    expect((await host.see("hollow")).body).toBe("filled");
  });

  it("all or nothing is refused before anything is deployed", async () => {
    await host.commit("atomic", page("on main"));
    await host.commit("atomic", page("on feature"), "feature");
    const args = ["push", "--atomic", host.sshUrl("atomic"), "main", "feature"];
    const pushed = await host.git("atomic", ...args);
    expect(pushed.status).not.toBe(0);
    expect(pushed.stderr).toContain("--atomic");
    expect(pushed.stderr).not.toContain("Building");
    expect((await host.see("atomic")).status).toBe(404);
  });

  it("a branch that git cannot keep beside another is refused before it is deployed", async () => {
    await host.must(host.push("beside", page("feature"), "feature"));
    const pushed = await host.git("beside", "push", host.sshUrl("beside"), "feature:feature/x");
    expect(pushed.status).toBe(1);
    expect(pushed.stderr).toMatch(/"feature\/x" cannot exist beside "feature"|failed to push/);
    expect(pushed.stderr).not.toContain("Building");
    expect((await host.see("beside-feature")).body).toBe("feature");
    expect((await host.see("beside-feature-x")).status).toBe(404);
  });

  it("the same commit to two branches makes two apps", async () => {
    const pushed = await host.git(
      "beside",
      "push",
      host.sshUrl("beside"),
      "feature:main",
      "feature:next",
    );
    expect(pushed.status, pushed.stderr).toBe(0);
    expect((await host.see("beside")).body).toBe("feature");
    expect((await host.see("beside-next")).body).toBe("feature");
  });

  it("names that lead elsewhere are refused", async () => {
    for (const name of ["../../etc/x", "goku", ".hidden", "a..b", "x;id", "-option"]) {
      const url = `ssh://git@127.0.0.1:${host.sshPort}/${name}.git`;
      const pushed = await host.git("beside", "push", url, "feature:main");
      expect([name, pushed.status === 0]).toEqual([name, false]);
      expect(pushed.stderr).toMatch(/cannot be a repository name|strange pathname/);
    }
  });
});
