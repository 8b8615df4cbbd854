import { describe, expect, it } from "vitest";
import { setVars } from "../../src/deploy/verbs/config.ts";
import { consulUnavailable, nginxFailed } from "../../src/errors.ts";
import type { Parts } from "../../src/deploy/parts.ts";
import { silentReport } from "../../src/deploy/report.ts";
import { servingApp, servingWorld } from "./serving-world.ts";

const { signal } = new AbortController();
const request = { by: "ann", byAdmin: true, report: silentReport, signal };

function set(parts: Parts, values: Record<string, string>, restart: boolean) {
  return setVars(parts, "blog", { set: values, remove: [] }, { restart }, request);
}

/** `config:set COLOR=blue`, at whose end nginx refuses the release after `meanwhile`; COLOR was green. */
async function failingChange(meanwhile: (parts: Parts) => Promise<unknown>): Promise<Parts> {
  const world = await servingWorld();
  const { parts } = world;
  const publish = async () => {
    expect(await parts.vars.read("blog")).toEqual({ COLOR: "blue" });
    // So that a Goku that is killed now finds what to end.
    expect(parts.store.releases.list(servingApp, 1)).toMatchObject([{ status: "publishing" }]);
    await meanwhile(parts);
    throw nginxFailed("nginx refused it.");
  };
  const failing = { ...parts, router: { ...parts.router, publish } };
  await expect(set(failing, { COLOR: "blue" }, true)).rejects.toThrow("nginx refused it.");
  expect(parts.store.releases.list(servingApp, 1)).toMatchObject([{ status: "failed" }]);
  return parts;
}

describe("what a release that fails has written", () => {
  it("is taken back", async () => {
    const { vars } = await failingChange(async () => undefined);
    expect(await vars.read("blog")).toEqual({ COLOR: "green" });
  });

  it("stays where somebody has set the very same without a restart", async () => {
    const { vars } = await failingChange((parts) => set(parts, { COLOR: "blue" }, false));
    expect(await vars.read("blog")).toEqual({ COLOR: "blue" });
  });

  it("stays where somebody has set another value and then the very same", async () => {
    const { vars } = await failingChange(async (parts) => {
      await set(parts, { COLOR: "pink" }, false);
      await set(parts, { COLOR: "blue" }, false);
    });
    expect(await vars.read("blog")).toEqual({ COLOR: "blue" });
  });

  it("is taken back where somebody was refused the very same", async () => {
    const { vars } = await failingChange(async (parts) => {
      const refused = set(parts, { COLOR: "blue", CONTAINERS: "many" }, false);
      await expect(refused).rejects.toMatchObject({ code: "refused" });
    });
    expect(await vars.read("blog")).toEqual({ COLOR: "green" });
  });

  it("is taken back where the store did not take the very same of somebody", async () => {
    const { vars } = await failingChange(async (parts) => {
      const change: typeof parts.vars.change = async (_, choice) => {
        expect(typeof choice === "function" && choice({ COLOR: "blue" })).toBeTruthy();
        throw consulUnavailable("http://127.0.0.1:8500", new Error("no room"));
      };
      const full = { ...parts, vars: { ...parts.vars, change } };
      await expect(set(full, { COLOR: "blue" }, false)).rejects.toThrow("Consul");
    });
    expect(await vars.read("blog")).toEqual({ COLOR: "green" });
  });

  it("is taken back where only the answer of the store was lost", async () => {
    const { parts } = await servingWorld();
    const { vars } = parts;
    let isLost = false;
    const change: typeof vars.change = async (name, what) => {
      const answer = await vars.change(name, what);
      if (!isLost) {
        isLost = true;
        throw consulUnavailable("http://127.0.0.1:8500", new Error("socket hang up"));
      }
      return answer;
    };
    const failing = { ...parts, vars: { ...vars, change } };
    await expect(set(failing, { COLOR: "blue" }, true)).rejects.toThrow("Consul");
    expect(await vars.read("blog")).toEqual({ COLOR: "green" });
  });
});
