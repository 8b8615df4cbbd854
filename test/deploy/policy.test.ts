import { describe, expect, it } from "vitest";
import { assertAllowed } from "../../src/deploy/story/policy.ts";
import { silentReport } from "../../src/deploy/report.ts";
import { readProject } from "../../src/project/read-project.ts";
import type { Revision } from "../../src/revision.ts";

const app = {
  id: "blog-main",
  name: "blog",
  repository: "blog",
  branch: "main",
  stopped: false,
};

function projectOf(...comments: readonly string[]) {
  const dockerfile = `${comments.join("\n")}\nFROM busybox\nEXPOSE 80\n`;
  return readProject(new Map([["Dockerfile", dockerfile]]), app, {});
}

function broughtBy(by: string, byAdmin: boolean): Revision {
  const commit = "a".repeat(40);
  return { repository: "blog", branch: "main", commit, previous: null, door: "push", by, byAdmin };
}

const demanding = projectOf("# MOUNT_FROM_HOST / /host", "# PORTS_FROM_HOST 22 22");

describe("the policy for what deployers bring", () => {
  it("refuses folders of the server and its own ports, all findings at once", () => {
    expect(() => assertAllowed(demanding, broughtBy("ci", false), silentReport)).toThrow(
      expect.objectContaining({
        code: "refused",
        details: [
          expect.stringContaining("# MOUNT_FROM_HOST /"),
          expect.stringContaining("# PORTS_FROM_HOST 22"),
        ],
      }),
    );
  });

  it("warns an admin of the same", () => {
    const warnings: string[] = [];
    const report = { ...silentReport, warn: (line: string) => warnings.push(line) };
    assertAllowed(demanding, broughtBy("root", true), report);
    expect(warnings).toHaveLength(2);
  });

  it("says nothing of what everybody may ask for", () => {
    const warnings: string[] = [];
    const report = { ...silentReport, warn: (line: string) => warnings.push(line) };
    const plain = projectOf("# PORTS_FROM_HOST 5432 5432", "# LINK_SERVICE redis");
    assertAllowed(plain, broughtBy("ci", false), report);
    expect(warnings).toEqual([]);
  });
});
