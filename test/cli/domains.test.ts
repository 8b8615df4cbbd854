import { describe, expect, it } from "vitest";
import { domainsRemove } from "../../src/cli/verbs/domains.ts";
import { addApp, testControl } from "../web/test-control.ts";
import { runOcto } from "./run-octo.ts";

describe("domains", () => {
  it.each([
    [["a.example", "b.example"], "blog has the domains a.example b.example.\n"],
    [[], "blog has only its own host names.\n"],
  ])("that were set: %j", (domains, said) => {
    const answer = { app: "blog", domains, release: null };
    expect(domainsRemove.print(answer, { color: false })).toBe(said);
  });

  it("that there are none is told beside the answer, with the true cause", async () => {
    const host = await testControl();
    const { id } = addApp(host, "blog");
    const project = host.store.releases.live(id)?.project;
    if (project?.kind !== "dockerfile") {
      throw new Error("there is no Dockerfile");
    }
    expect(await runOcto(["domains", "blog"], host)).toEqual({
      status: 0,
      stdout: "blog.goku.test\nblog-main.goku.test\n",
      stderr: "",
    });
    host.store.releases.update(id, 1, { project: { ...project, port: null, exposed: [] } });
    const why = "No domain leads to blog, since its Dockerfile exposes no TCP port (EXPOSE).\n";
    expect(await runOcto(["domains", "blog"], host)).toEqual({
      status: 0,
      stdout: "",
      stderr: why,
    });
    expect((await runOcto(["domains", "blog", "--json"], host)).stdout).toBe("[]\n");
    host.store.apps.create("shop", "main");
    const never = await runOcto(["domains", "shop-main"], host);
    expect(never.stderr).toBe("No domain leads to shop-main: it has no release yet.\n");
  });
});
